using System.Text;

namespace AiSaas.Tests.Documents;

/// <summary>Text that doesn't say how it is encoded is read in the code page in which it makes sense.</summary>
public sealed class EncodingTests
{
    private const string Japanese = "システムの電源を切る前に、必ずデータを保存してください。ポンプの蓋を開ける前にバルブを閉めます。";
    private const string Chinese = "打开盖子之前必须关闭水泵。系统的维护手册说明了如何更换过滤器。";
    private const string Traditional = "打開蓋子之前必須關閉水泵。系統的維護手冊說明了如何更換過濾器。";
    private const string Korean = "펌프를 열기 전에 전원을 끄십시오. 이 설명서는 시스템의 사용 방법을 설명합니다.";
    private const string Russian = "Перед открытием крышки необходимо выключить насос. Руководство по эксплуатации.";
    private const string Ukrainian = "Перед відкриттям кришки необхідно вимкнути насос. Це посібник.";
    private const string Arabic = "يجب إيقاف المضخة قبل فتح الغطاء. هذا الدليل من أجل الصيانة في المصنع.";
    private const string Hebrew = "יש לכבות את המשאבה לפני פתיחת המכסה. זה המדריך של המערכת.";
    private const string Greek = "Πριν ανοίξετε το καπάκι πρέπει να κλείσετε την αντλία. Αυτό είναι το εγχειρίδιο.";
    private const string Polish = "Przed otwarciem pokrywy należy wyłączyć pompę. Książka się znajduje w szafie.";
    private const string Czech = "Před otevřením krytu je nutné vypnout čerpadlo. Příručka údržby systému.";
    private const string Turkish = "Kapağı açmadan önce pompayı kapatın. Bu kılavuz sistemin bakımı için yazılmıştır.";
    private const string Thai = "ก่อนเปิดฝาต้องปิดปั๊มน้ำเสมอ คู่มือการบำรุงรักษาระบบ";
    private const string French = "Le coût est de 5 € et la main-d'œuvre est déjà très chère à Noël.";
    private const string Spanish = "El año pasado compré un coche. ¿Qué más? Señor Muñoz, también según él.";
    private const string Finnish = "Pumppu on suljettava ennen kannen avaamista. Älä käytä vaurioitunutta johtoa.";

    [Theory]
    [InlineData("shift_jis", Japanese)]
    [InlineData("euc-jp", Japanese)]
    [InlineData("gb18030", Chinese)]
    [InlineData("big5", Traditional)]
    [InlineData("euc-kr", Korean)]
    [InlineData("koi8-r", Russian)]
    [InlineData("windows-1251", Russian)]
    [InlineData("cp866", Russian)]
    [InlineData("iso-8859-5", Russian)]
    [InlineData("koi8-u", Ukrainian)]
    [InlineData("windows-1251", "Привет, мир")]
    [InlineData("windows-1256", Arabic)]
    [InlineData("iso-8859-6", Arabic)]
    [InlineData("windows-1255", Hebrew)]
    [InlineData("windows-1253", Greek)]
    [InlineData("windows-1250", Polish)]
    [InlineData("iso-8859-2", Polish)]
    [InlineData("windows-1250", Czech)]
    [InlineData("windows-1254", Turkish)]
    [InlineData("windows-874", Thai)]
    [InlineData("windows-1252", French)]
    [InlineData("iso-8859-15", French)]
    [InlineData("windows-1252", Spanish)]
    [InlineData("iso-8859-15", Finnish)]
    [InlineData("utf-16", Chinese)]
    [InlineData("utf-16BE", Chinese)]
    [InlineData("utf-16", Russian)]
    public async Task Text_is_read_in_the_code_page_in_which_it_makes_sense(string encoding, string text)
    {
        byte[] content = Encoder(encoding).GetBytes(text + "\n");

        var (pages, _) = await Reading.ParseAsync("note.txt", content);

        Assert.Equal(text, pages.Single().Text);
    }

    [Fact]
    public async Task A_page_is_read_as_it_says_or_as_it_makes_sense()
    {
        byte[] declared = Encoder("iso-8859-2").GetBytes($"<?xml version='1.0' encoding='iso-8859-2'?><html><body><p>{Polish}</p></body></html>");
        byte[] silent = Encoder("windows-1251").GetBytes($"<html><body><p>{Russian}</p></body></html>");
        byte[] meta = Encoder("shift_jis").GetBytes($"<html><head><meta http-equiv=content-type content='text/html; charset=shift_jis'></head><body><p>{Japanese}</p></body></html>");

        Assert.Equal(Polish, (await Reading.ParseAsync("a.html", declared)).Pages.Single().Text);
        Assert.Equal(Russian, (await Reading.ParseAsync("a.html", silent)).Pages.Single().Text);
        Assert.Equal(Japanese, (await Reading.ParseAsync("a.html", meta)).Pages.Single().Text);
    }

    [Fact]
    public async Task One_torn_character_does_not_make_a_file_of_UTF_8_another()
    {
        byte[] torn = [.. Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("Käse für alle. ", 20))), 0xC3, (byte)'.'];

        var (pages, _) = await Reading.ParseAsync("torn.log", torn);

        Assert.StartsWith("Käse für alle. Käse", pages.Single().Text, StringComparison.Ordinal);
    }

    private static Encoding Encoder(string name) => CodePagesEncodingProvider.Instance.GetEncoding(name) ?? Encoding.GetEncoding(name);
}
