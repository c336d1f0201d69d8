namespace AiSaas.Llm.Wire.Anthropic.FromMessages;

/// <summary>Tells when JSON that comes in pieces, as text inside a JSON string, has come to its end.</summary>
/// <remarks>Only looks at braces outside of inner strings: enough to know that a tool's arguments are whole.</remarks>
internal struct JsonEnd
{
    private int _depth, _hexLeft, _hex;
    private bool _escaped, _inText, _innerEscaped, _begun;

    public readonly bool IsReached => _begun && _depth == 0;

    /// <param name="raw">The outer string's bytes, escapes and all.</param>
    public void Read(ReadOnlySpan<byte> raw)
    {
        foreach (byte one in raw)
        {
            if (_hexLeft > 0)
            {
                _hex = (_hex << 4) | (one <= '9' ? one - '0' : (one | 0x20) - 'a' + 10);
                if (--_hexLeft == 0)
                {
                    Inner(_hex is < 0x80 ? (byte)_hex : (byte)0x80);
                }
            }
            else if (_escaped)
            {
                _escaped = false;
                if (one == 'u')
                {
                    (_hexLeft, _hex) = (4, 0);
                }
                else
                {
                    // \n and the like are white space here, whatever they are called.
                    Inner(one is (byte)'"' or (byte)'\\' or (byte)'/' ? one : (byte)' ');
                }
            }
            else if (one == '\\')
            {
                _escaped = true;
            }
            else
            {
                Inner(one);
            }
        }
    }

    private void Inner(byte one)
    {
        if (_innerEscaped)
        {
            _innerEscaped = false;
        }
        else if (_inText)
        {
            _innerEscaped = one == '\\';
            _inText = one != '"';
        }
        else if (one == '"')
        {
            _inText = true;
        }
        else if (one is (byte)'{' or (byte)'[')
        {
            _begun = true;
            _depth++;
        }
        else if (one is (byte)'}' or (byte)']')
        {
            _depth--;
        }
    }
}
