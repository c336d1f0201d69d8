namespace AiSaas.Web.Components.Pages.Developers;

/// <summary>What a developer tries first, in the order that works, filled in with this address.</summary>
internal static class ApiSnippets
{
    public static IReadOnlyList<(string Id, string Title, string Words, string Code)> For(string site) =>
    [
        ("key", "1. Set your key", "Keys are sent as a bearer token. Keep them out of pages and repositories.",
            $$"""
            export AISAAS_KEY=sk-ais-…
            curl -s {{site}}/api/me -H "Authorization: Bearer $AISAAS_KEY"
            """),
        ("collection", "2. Make a collection", "Collections hold documents; its id is in the answer.",
            $$"""
            curl -s {{site}}/api/collections \
              -H "Authorization: Bearer $AISAAS_KEY" -H "Content-Type: application/json" \
              -d '{"name": "Manuals"}'
            """),
        ("upload", "3. Add documents", "PDF, DOCX, PPTX, XLSX, EPUB, HTML, Markdown or text. Accepted at once (202), read in the background.",
            $$"""
            curl -s {{site}}/api/collections/$COLLECTION/documents \
              -H "Authorization: Bearer $AISAAS_KEY" \
              -F files=@manual.pdf -F files=@notes.md
            """),
        ("watch", "4. Watch one being read", "Server-sent events: stage, progress and what is left, until it is ready or has failed.",
            $$"""
            curl -sN {{site}}/api/documents/$DOCUMENT/events -H "Authorization: Bearer $AISAAS_KEY"
            """),
        ("search", "5. Search", "Words and meaning together; each hit carries document, page, place and scores.",
            $$"""
            curl -s {{site}}/api/search \
              -H "Authorization: Bearer $AISAAS_KEY" -H "Content-Type: application/json" \
              -d '{"query": "storage temperature", "limit": 5}'
            """),
        ("ask", "6. Ask", "A question becomes a run. It goes on without you; read its stream from any place, as often as you like.",
            $$"""
            CHAT=$(curl -s {{site}}/api/conversations \
              -H "Authorization: Bearer $AISAAS_KEY" -H "Content-Type: application/json" \
              -d '{}' | jq -r .id)

            RUN=$(curl -s {{site}}/api/conversations/$CHAT/messages \
              -H "Authorization: Bearer $AISAAS_KEY" -H "Content-Type: application/json" \
              -d '{"text": "How long may the battery be stored?"}' | jq -r .runId)

            curl -sN {{site}}/api/runs/$RUN/events -H "Authorization: Bearer $AISAAS_KEY"
            """),
        ("read", "7. Read the settled answer", "The conversation's messages with their citations: document, page, offsets, quote and verdict.",
            $$"""
            curl -s {{site}}/api/conversations/$CHAT -H "Authorization: Bearer $AISAAS_KEY"
            """),
    ];
}
