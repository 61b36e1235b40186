using Npgsql;
using Tessera.Actors.Postgres;
using Tessera.Actors.Tests.Support;
using Tessera.Protocol.Messages;
using static Tessera.Actors.Tests.Support.StoreSamples;

namespace Tessera.Actors.Tests.Postgres;

public class PostgresErrorsTests
{
    [Theory]
    [InlineData(PostgresErrorCodes.DiskFull, Refusal.Full)]
    [InlineData(PostgresErrorCodes.DataCorrupted, Refusal.Damaged)]
    [InlineData(PostgresErrorCodes.IndexCorrupted, Refusal.Damaged)]
    [InlineData(PostgresErrorCodes.AdminShutdown, Refusal.Unavailable)]
    [InlineData(PostgresErrorCodes.CrashShutdown, Refusal.Unavailable)]
    [InlineData(PostgresErrorCodes.CannotConnectNow, Refusal.Unavailable)]
    [InlineData(PostgresErrorCodes.QueryCanceled, Refusal.Unavailable)]
    [InlineData(PostgresErrorCodes.LockNotAvailable, Refusal.Unavailable)]
    [InlineData(PostgresErrorCodes.DeadlockDetected, Refusal.Unavailable)]
    [InlineData(PostgresErrorCodes.TooManyConnections, Refusal.Unavailable)]
    [InlineData(PostgresErrorCodes.InvalidPassword, Refusal.Unavailable)]
    [InlineData(PostgresErrorCodes.InsufficientPrivilege, Refusal.Unfit)]
    [InlineData(PostgresErrorCodes.UndefinedTable, Refusal.Unfit)]
    [InlineData(PostgresErrorCodes.StringDataRightTruncation, Refusal.Unfit)]
    public void A_failure_says_what_the_asker_can_do(string code, Refusal expected)
    {
        var error = PostgresErrors.Translate("PostgreSQL at db:5432, database 'x'", "read a blob", new PostgresException("it is so", "ERROR", "ERROR", code));

        Assert.Equal(expected, error.Refusal);
        Assert.Contains("db:5432", error.Message, StringComparison.Ordinal);
        Assert.Contains("it is so", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Host=db;Username=u;Password=s3cr3t;Database=d")]
    [InlineData("postgres://u:s3cr3t@db/d")]
    [InlineData("postgresql://u:s3cr3t@db:5432/d?sslmode=disable")]
    public void An_address_is_read_in_either_form_and_told_without_its_password(string text)
    {
        var address = PostgresAddress.Parse(text);

        Assert.Equal("PostgreSQL at db:5432, database 'd'", address.Name);
        var parts = new NpgsqlConnectionStringBuilder(address.ForSession(2, TimeSpan.FromSeconds(1.5), "x"));
        Assert.Equal(("u", "s3cr3t", "d", 2), (parts.Username, parts.Password, parts.Database, parts.CommandTimeout));
    }

    [Fact]
    public void An_address_keeps_what_is_escaped_and_how_it_is_encrypted()
    {
        var address = PostgresAddress.Parse("postgres://u%40x:p%2Fw@db:6000/d?sslmode=verify-full");

        var parts = new NpgsqlConnectionStringBuilder(address.ForSession(2, TimeSpan.FromSeconds(1), "x"));
        Assert.Equal(("u@x", "p/w", 6000, SslMode.VerifyFull), (parts.Username, parts.Password, parts.Port, parts.SslMode));
    }

    [Theory]
    [InlineData("Hst=db;Password=s3cr3t")]
    [InlineData("Username=u;Password=s3cr3t")]
    [InlineData("Host=db;Port=s3cr3t")]
    [InlineData("postgres://u:s3cr3t@db/d?nonsense=1")]
    [InlineData("s3cr3t")]
    public void An_address_of_neither_form_is_refused_without_quoting_it(string text)
    {
        var error = Refused(Refusal.Unfit, () => PostgresAddress.Parse(text));

        Assert.DoesNotContain("s3cr3t", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_server_that_does_not_listen_is_unavailable()
    {
        using var folder = new TemporaryFolder();

        var error = Refused(Refusal.Unavailable, () => PostgresRunStore.Open($"Host={folder.Path};Username=u;Password=s3cr3t;Database=d", "run"));

        Assert.DoesNotContain("s3cr3t", error.ToString(), StringComparison.Ordinal);
    }
}
