using Npgsql;
using Tessera.Actors.Postgres;
using Tessera.Actors.Tests.Support;
using Tessera.Protocol.Messages;
using static Tessera.Actors.Tests.Support.StoreSamples;

namespace Tessera.Actors.Tests.Postgres;

[Collection(PostgresCollection.Name)]
public class PostgresSchemaTests
{
    private const string Secret = "s3cr3t-pass";
    private readonly PostgresFixture _postgres;

    public PostgresSchemaTests(PostgresFixture postgres) => _postgres = postgres;

    [SkippableFact]
    public void Many_processes_may_be_the_first()
    {
        var database = NewDatabase();
        var errors = new Exception?[6];
        var threads = Enumerable.Range(0, errors.Length).Select(i => new Thread(() =>
        {
            try
            {
                using var store = PostgresRunStore.OpenOrCreate(database, "run", Identity);
                using var plane = new PostgresControlPlane(database, "run", new PostgresControlSettings { CallTimeout = TimeSpan.FromSeconds(30) });
                plane.Admit($"p{i}");
            }
            catch (Exception error)
            {
                errors[i] = error;
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());

        Assert.All(errors, Assert.Null);
        Assert.Equal(1L, PostgresFixture.Scalar(database, "SELECT count(*) FROM tessera.schema_version"));
    }

    [SkippableFact]
    public void A_schema_of_before_is_brought_up_to_date_and_keeps_its_runs()
    {
        var database = NewDatabase();
        PostgresFixture.Execute(database, "CREATE SCHEMA tessera; CREATE TABLE tessera.schema_version(version int NOT NULL)");
        PostgresFixture.Execute(database, "INSERT INTO tessera.schema_version VALUES(1)");
        PostgresFixture.Execute(database, File.ReadAllText(Path.Combine(SourceFolder(), "1.sql")));
        PostgresFixture.Execute(
            database,
            "INSERT INTO tessera.runs(run, configuration_hash, engine, numerics_version, files) "
            + $"VALUES('old', '{Identity.ConfigurationHash}', 'cpu', 3, false)");
        Refused(Refusal.Unfit, () => PostgresRunStore.OpenReadOnly(database, "old"));

        using var store = PostgresRunStore.Open(database, "old");
        using var plane = new PostgresControlPlane(database, "old");

        Assert.NotNull(plane.Lead(plane.Admit("a")));
        Assert.Equal(1UL, store.CurrentTerm.Value);
    }

    [SkippableFact]
    public void A_newer_schema_is_refused_with_advice()
    {
        var database = NewDatabase();
        PostgresRunStore.Create(database, "run", Identity).Dispose();
        PostgresFixture.Execute(database, "UPDATE tessera.schema_version SET version = 99");

        var error = Refused(Refusal.Unfit, () => PostgresRunStore.Open(database, "run"));

        Assert.Contains("version 99", error.Message, StringComparison.Ordinal);
        Refused(Refusal.Unfit, () => PostgresRunStore.OpenReadOnly(database, "run"));
    }

    [SkippableFact]
    public void A_role_that_may_not_create_the_schema_is_told_what_it_lacks()
    {
        var database = NewDatabase();
        var name = new NpgsqlConnectionStringBuilder(database).Database;
        PostgresFixture.Execute(database, $"CREATE ROLE poor_{name} LOGIN PASSWORD '{Secret}'");
        var poor = new NpgsqlConnectionStringBuilder(database) { Username = $"poor_{name}", Password = Secret }.ConnectionString;

        var error = Refused(Refusal.Unfit, () => PostgresRunStore.Create(poor, "run", Identity));

        Assert.Contains("GRANT CREATE ON DATABASE", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, error.ToString(), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_database_that_is_not_there_is_refused_with_advice()
    {
        var nowhere = new NpgsqlConnectionStringBuilder(_postgres.ConnectionString) { Database = "nowhere", Password = Secret }.ConnectionString;

        var error = Refused(Refusal.Unfit, () => PostgresRunStore.Create(nowhere, "run", Identity));

        Assert.Contains("CREATE DATABASE", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_server_that_is_too_old_is_refused_with_its_version()
    {
        PostgresSchema.RequireServer(new Version(13, 0), "x");

        var error = Refused(Refusal.Unfit, () => PostgresSchema.RequireServer(new Version(12, 17), "PostgreSQL at db:5432"));

        Assert.Contains("PostgreSQL 12.17, expected 13", error.Message, StringComparison.Ordinal);
    }

    private static string SourceFolder()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Tessera.slnx")))
        {
            folder = Path.GetDirectoryName(folder)!;
        }

        return Path.Combine(folder, "Tiles.Actors", "Postgres", "Schema");
    }

    private string NewDatabase() => _postgres.Server.CreateDatabase("db_" + _postgres.NewRun().Replace('-', '_'));
}
