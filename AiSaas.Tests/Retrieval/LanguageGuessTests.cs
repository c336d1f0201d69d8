using AiSaas.Ingestion.Chunking;

namespace AiSaas.Tests.Retrieval;

public sealed class LanguageGuessTests
{
    [Theory]
    [InlineData("english", "The printer is in the office on the second floor, and it must not be moved.")]
    [InlineData("english", "How do I reset it?")]
    [InlineData("german", "Der Drucker steht im Büro und darf nicht von dort entfernt werden.")]
    [InlineData("french", "L'imprimante est dans le bureau du deuxième étage et ne doit pas être déplacée.")]
    [InlineData("spanish", "La impresora está en la oficina del segundo piso y no se puede mover.")]
    [InlineData("portuguese", "A impressora está no escritório do segundo andar e não pode ser movida.")]
    [InlineData("italian", "La stampante è nell'ufficio al secondo piano e non può essere spostata.")]
    [InlineData("dutch", "De printer staat in het kantoor op de tweede verdieping en mag niet worden verplaatst.")]
    [InlineData("swedish", "Skrivaren står på kontoret på andra våningen och den får inte flyttas från det.")]
    [InlineData("finnish", "Tulostin on toimistossa, joka on toisessa kerroksessa, eikä sitä saa siirtää ennen kuin se on tyhjennetty.")]
    [InlineData("hungarian", "A nyomtató az irodában van, és nem szabad elmozdítani, mert az egy drága készülék.")]
    [InlineData("turkish", "Yazıcı ofiste ve bir başka yere taşınması için bu form çok gerekli.")]
    [InlineData("russian", "Принтер стоит в офисе на втором этаже, и его нельзя переносить, если он включен.")]
    [InlineData("arabic", "الطابعة في المكتب الذي في الطابق الثاني ولا يجوز نقلها إلى مكان آخر")]
    [InlineData("greek", "Ο εκτυπωτής βρίσκεται στο γραφείο.")]
    [InlineData("hindi", "प्रिंटर दूसरी मंज़िल के कार्यालय में है और इसे नहीं हटाना है।")]
    [InlineData("japanese", "プリンターは二階の事務所にあります。")]
    [InlineData("chinese", "打印机在二楼的办公室里，不能移动。")]
    [InlineData("korean", "프린터는 이층 사무실에 있습니다.")]
    [InlineData("thai", "เครื่องพิมพ์อยู่ในสำนักงานชั้นสอง")]
    [InlineData("simple", "Drukarka stoi w biurze na drugim piętrze i nie może być przenoszona przez nikogo.")]
    public void A_sentence_gives_its_language_away(string language, string text) => Assert.Equal(language, new LanguageGuess().Of(text));

    [Fact]
    public void A_page_that_does_not_say_speaks_as_the_one_before_and_the_first_one_english()
    {
        LanguageGuess guess = new();

        Assert.Equal("english", guess.Of("PART-1 99.00 EUR"));
        Assert.Equal("german", guess.Of("Die Preise sind in der Tabelle auf der nächsten Seite."));
        Assert.Equal("german", guess.Of("PART-1 99.00 EUR\nPART-2 12.00 EUR"));
    }
}
