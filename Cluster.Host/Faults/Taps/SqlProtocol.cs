using System.Buffers.Binary;
using System.Text;

namespace Tessera.Host.Faults.Taps;

/// <summary>
/// PostgreSQL's protocol, version 3, without TLS. A request tells the SQL of its query or statement. An answer tells the tag of a command that took effect, for
/// a COMMIT with all SQL of its transaction behind it; of an error its SQLSTATE as <c>ERROR 53100</c>.
/// </summary>
internal sealed class SqlProtocol : ITapProtocol
{
    private const int LengthBytes = sizeof(int);
    private const char Query = 'Q';
    private const char Parse = 'P';
    private const char CommandComplete = 'C';
    private const char ErrorResponse = 'E';
    private const byte SqlStateField = (byte)'C';
    private readonly TapDirection _direction;
    private readonly List<string> _transaction; // what was asked since the newest BEGIN; guards itself
    private bool _isBegun;

    private SqlProtocol(TapDirection direction, List<string> transaction)
    {
        _direction = direction;
        _transaction = transaction;
        _isBegun = direction == TapDirection.Back; // a client's first message alone has no type
    }

    /// <summary>Both ways of a new connection.</summary>
    public static TapProtocols Create()
    {
        List<string> transaction = [];
        return new TapProtocols(new SqlProtocol(TapDirection.Forth, transaction), new SqlProtocol(TapDirection.Back, transaction));
    }

    /// <inheritdoc/>
    public int Measure(ReadOnlySpan<byte> bytes)
    {
        int type = _isBegun ? 1 : 0;
        if (bytes.Length < type + LengthBytes) { return 0; }
        int all = type + BinaryPrimitives.ReadInt32BigEndian(bytes[type..]);
        return bytes.Length >= all ? all : 0;
    }

    /// <inheritdoc/>
    public TapFrame Read(byte[] bytes)
    {
        bool isMessage = _isBegun;
        _isBegun = true;
        return new TapFrame(_direction, bytes)
        {
            Text = !isMessage ? string.Empty : _direction == TapDirection.Forth ? ReadRequest(bytes) : ReadAnswer(bytes),
        };
    }

    private string ReadRequest(byte[] bytes)
    {
        ReadOnlySpan<byte> body = bytes.AsSpan(1 + LengthBytes);
        string text = (char)bytes[0] switch
        {
            Query => TextAt(body),
            Parse => TextAt(body[(body.IndexOf((byte)0) + 1)..]), // behind the name of the statement
            _ => string.Empty,
        };
        if (text.Length > 0)
        {
            lock (_transaction)
            {
                if (text.StartsWith("BEGIN", StringComparison.Ordinal)) { _transaction.Clear(); }
                _transaction.Add(text);
            }
        }

        return text;
    }

    private string ReadAnswer(byte[] bytes)
    {
        ReadOnlySpan<byte> body = bytes.AsSpan(1 + LengthBytes);
        switch ((char)bytes[0])
        {
            case CommandComplete:
                string tag = TextAt(body);
                if (tag != "COMMIT") { return tag; }
                lock (_transaction) { return $"COMMIT {string.Join("; ", _transaction)}"; }
            case ErrorResponse:
                return $"ERROR {SqlState(body)}";
            default:
                return string.Empty;
        }
    }

    private static string SqlState(ReadOnlySpan<byte> fields)
    {
        while (fields.Length > 1 && fields[0] != SqlStateField) { fields = fields[(fields.IndexOf((byte)0) + 1)..]; }
        return fields.Length > 1 ? TextAt(fields[1..]) : string.Empty;
    }

    private static string TextAt(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes[..Math.Max(0, bytes.IndexOf((byte)0))]);
}
