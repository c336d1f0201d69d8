using System.Net;
using System.Text;
using AiSaas.Llm.Models;
using AiSaas.Llm.Providers;
using AiSaas.Llm.Providers.Aws;
using AiSaas.Tests.Infrastructure;

namespace AiSaas.Tests.Llm.Providers;

/// <summary>Cases of AWS's published Signature Version 4 test suite.</summary>
public sealed class AwsSignatureTests
{
    private static readonly DateTimeOffset Moment = new(2015, 8, 30, 12, 36, 0, TimeSpan.Zero);

    private static string Signed(HttpRequestMessage request, string body = "", string? token = null, string service = "service")
    {
        new AwsSignature(new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", token), "us-east-1", service).Sign(request, Encoding.UTF8.GetBytes(body), Moment);
        return request.Headers.NonValidated["Authorization"].ToString();
    }

    private static string Expected(string headers, string signature, string service = "service") =>
        $"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/{service}/aws4_request, SignedHeaders={headers}, Signature={signature}";

    [Theory]
    [InlineData("GET", "/", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31")]
    [InlineData("POST", "/", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b")]
    [InlineData("GET", "/?Param2=value2&Param1=value1", "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500")]
    public void Plain_requests(string method, string path, string signature)
    {
        using HttpRequestMessage request = new(new HttpMethod(method), "https://example.amazonaws.com" + path);

        Assert.Equal(Expected("host;x-amz-date", signature), Signed(request));
    }

    [Fact]
    public void A_body_and_its_type()
    {
        using HttpRequestMessage request = new(HttpMethod.Post, "https://example.amazonaws.com/") { Content = new ByteArrayContent([]) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/x-www-form-urlencoded");

        Assert.Equal(Expected("content-type;host;x-amz-date", "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"), Signed(request, "Param1=value1"));
    }

    [Fact]
    public void The_documentation_s_own_example()
    {
        using HttpRequestMessage request = new(HttpMethod.Get, "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08") { Content = new ByteArrayContent([]) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/x-www-form-urlencoded; charset=utf-8");

        Assert.Equal(
            Expected("content-type;host;x-amz-date", "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7", "iam"), Signed(request, service: "iam"));
    }

    [Fact]
    public void A_session_s_token_is_sent_and_signed()
    {
        using HttpRequestMessage request = new(HttpMethod.Post, "https://example.amazonaws.com/");

        Assert.Contains("SignedHeaders=host;x-amz-date;x-amz-security-token,", Signed(request, token: "session"), StringComparison.Ordinal);
        Assert.Equal("session", request.Headers.NonValidated["x-amz-security-token"].ToString());
    }

    [Fact]
    public async Task Only_access_keys_are_signed_with_and_their_secret_never_leaves()
    {
        const string AccessKey = "AKIAIOSFODNN7EXAMPLE:wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
        Recorder recorder = new();
        using HttpMessageInvoker http = new(ProviderKind.Find("bedrock")!.Around(recorder, new ProviderOptions { Region = "eu-west-1" }, new ManualTime()));
        foreach (string key in new[] { AccessKey, "ABSKQmVkcm9ja0FQSUtleQ" })
        {
            using HttpRequestMessage request = new(HttpMethod.Post, "https://bedrock-runtime.eu-west-1.amazonaws.com/openai/v1/chat/completions") { Content = new StringContent("{}") };
            ProviderKind.Find("bedrock")!.Authorize(request, key);
            using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
        }

        Assert.StartsWith("AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261121/eu-west-1/bedrock/aws4_request", recorder.Seen[0], StringComparison.Ordinal);
        Assert.DoesNotContain("wJalr", recorder.Seen[0], StringComparison.Ordinal);
        Assert.Equal("Bearer ABSKQmVkcm9ja0FQSUtleQ", recorder.Seen[1]);
    }

    [Theory]
    [InlineData("AKIAIOSFODNN7EXAMPLE:secret", true)]
    [InlineData("ASIAIOSFODNN7EXAMPLE:secret:token:with:colons", true)]
    [InlineData("AKIAIOSFODNN7EXAMPLE", false)]
    [InlineData("AKIAIOSFODNN7EXAMPLE:", false)]
    [InlineData("bedrock-api-key-YmVkcm9jaw==:x", false)]
    public void Access_keys_are_told_from_other_keys(string key, bool expected) => Assert.Equal(expected, AwsCredentials.Read(key) is not null);

    private sealed class Recorder : HttpMessageHandler
    {
        public List<string> Seen { get; } = [];

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Seen.Add(string.Join('\n', request.Headers.NonValidated["Authorization"]));
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK));
        }
    }
}
