using System.Buffers;
using AiSaas.Llm.Wire;

namespace AiSaas.Llm.Forwarding;

/// <summary>Two dialects in a row: what the outer one writes as a request, the inner one takes as its client's.</summary>
internal sealed class ChainedDialects(IDialect outer, IDialect inner) : IDialect
{
    public WireApi Client => outer.Client;

    public WireApi Target => inner.Target;

    public void WriteRequest(ReadOnlyMemory<byte> request, string model, IBufferWriter<byte> output) =>
        inner.WriteRequest(Between(request, model), model, output);

    public void WriteResponse(ReadOnlyMemory<byte> request, ReadOnlyMemory<byte> response, IBufferWriter<byte> output)
    {
        ArrayBufferWriter<byte> between = new();
        inner.WriteResponse(Between(request, "-"), response, between);
        outer.WriteResponse(request, between.WrittenMemory, output);
    }

    public IStreamTranslator TranslateStream(ReadOnlyMemory<byte> request) =>
        new Translator(outer.TranslateStream(request), inner.TranslateStream(Between(request, "-")));

    private ReadOnlyMemory<byte> Between(ReadOnlyMemory<byte> request, string model)
    {
        ArrayBufferWriter<byte> between = new();
        outer.WriteRequest(request, model, between);
        return between.WrittenMemory;
    }

    private sealed class Translator(IStreamTranslator outer, IStreamTranslator inner) : IStreamTranslator
    {
        private readonly ArrayBufferWriter<byte> _between = new();

        public void Translate(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data, IBufferWriter<byte> output)
        {
            inner.Translate(name, data, _between);
            Pass(output);
        }

        public void Complete(IBufferWriter<byte> output)
        {
            inner.Complete(_between);
            Pass(output);
            outer.Complete(output);
        }

        private void Pass(IBufferWriter<byte> output)
        {
            var frames = _between.WrittenSpan;
            while (SseFrames.FirstEnd(frames) is > 0 and var end)
            {
                SseFrames.Split(frames[..end], out var name, out var data);
                if (!data.IsEmpty && !data.SequenceEqual("[DONE]"u8))
                {
                    outer.Translate(name, data, output);
                }

                frames = frames[end..];
            }

            _between.ResetWrittenCount();
        }
    }
}
