using System.Collections.Frozen;

namespace AiSaas.Ingestion.Chunking;

/// <summary>The little words that give a language away. Names are those of Postgres' text search configurations; others are searched
/// without stemming, and stand here so that they are not taken for a neighbour.</summary>
internal static class LanguageProfiles
{
    private static readonly (string Language, string Words)[] Profiles =
    [
        ("english", "the of and to in is that for it as was with be by on not this are or from at which but have an had they you were their one all we can has there if more when will would who what how does did do he she his her its been than into about these must may should no so"),
        ("german", "der die das und in den von zu mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er hat dass sie nach wird bei einer um am sind noch wie einem über einen so zum war haben nur oder aber vor zur bis mehr durch man sein wurde ich wir wenn kann"),
        ("french", "le la les de des du et un une en est que qui dans pour pas sur au par avec il elle ce cette sont plus ne se sa son ses nous vous ils mais ou où aux leur été être avoir fait comme si tout peut ces on je cela après deux"),
        ("spanish", "el la los las de del y que en un una es por con no para se su al lo como más pero sus le ya o este sí porque esta entre cuando muy sin sobre también me hasta hay donde desde todo nos durante son fue ser está han puede"),
        ("portuguese", "o a os as de do da dos das e que em um uma para com não por mais se na no nas nos ao aos como mas foi ele ela seu sua ou ser quando muito há já está eu também só pelo pela até isso entre era depois são você tem pode"),
        ("italian", "il lo la i gli le di del della dei delle e che in un una è per con non si da al alla come più anche ma sono nel nella ha su dal dalla o se essere questo questa ci suo sua tra fra cui loro quando era stato ogni dopo può"),
        ("dutch", "de het een en van in is dat op te zijn met voor niet aan er om ook als bij maar uit door over ze hij tot wordt naar dan nog of hebben kan heeft worden wel deze dit die was werd meer geen onder tegen na zou wij je hun"),
        ("swedish", "och att det som en på är av för med den till inte i han var sig om har de ett men så från vi kan nu när också eller ut man hade efter vid mot över denna detta skall ska under bara blir varit finns mycket alla sin"),
        ("danish", "og i at det en den til er som på de med han af for ikke der var mig sig men et har om vi min havde ham hun nu over da fra du ud sin dem os op man hans hvor eller hvad skal selv her alle vil blev kunne ind når være kan efter også noget meget blive bliver"),
        ("norwegian", "og i det på som er en til å han av for med at var de ikke den har jeg om et men så seg hun hadde fra vi du kan da ble ut skal vil ham etter over ved også bare eller sa nå dette noe være meg mot opp der når inn dem kunne bli noen"),
        ("finnish", "ja on ei se että oli hän mutta joka ovat myös kun niin tai sen ole kuin mukaan jos vain voi hänen jotka sekä olla nyt vielä mitä sitä jo ollut oman joita ne tämä näin ennen jälkeen kanssa noin siitä koska tässä kaikki olisi ovat eivät minä sinä hänet"),
        ("hungarian", "a az és hogy nem is egy ez meg csak de volt már van el még ha mint vagy azt ki kell úgy lehet fel minden ezt más szerint nagy volna lett között után így itt majd aki amely olyan több vele azonban például ami mert"),
        ("romanian", "și în de la a cu pe nu este care un o din că se mai să ce pentru al ale lui au fost prin sunt dar ca sau după fi avea până cel cele aceasta acest fără între într când foarte unei unui era vor poate dintre"),
        ("turkish", "ve bir bu da de için ile olarak çok daha en gibi olan kadar ne o sonra var ama ki her ya göre değil olduğu mi ancak veya şey hem ise iki tarafından diye nasıl neden bütün oldu ben biz siz onlar eden yer zaman"),
        ("indonesian", "yang dan di dari untuk dengan pada ini itu dalam tidak adalah akan oleh sebagai juga ke dapat tersebut mereka telah atau karena ada bahwa saya kami lebih bisa kepada seperti sudah saat antara menjadi setelah anda hanya banyak secara"),
        ("irish", "agus na an a i ar is le go ag do sé bhí tá sin seo nach ach mar den leis ón níl faoi nuair chun idir sa ina raibh gur siad sí ó gach eile chuid féin"),
        ("catalan", "el la els les de del dels i que en un una és per amb no al als es més com seva seu són ha va aquest aquesta entre però també fins on ser sobre quan molt pel pels hi ni sense després tots era segons"),
        ("basque", "eta da ez bat izan zen du dute dira bere ere baina edo den hau egin egiten duen beste baino hori zuen ditu arte bezala behar izango gero oso gure haien zer nola"),
        ("lithuanian", "ir yra kad iš su bet tai kaip apie jis į ar ne nuo per po buvo savo jau tik dar prie iki kai būti šis ši jo jos jų ant arba dėl labai metų už taip pat kuris kuri gali"),
        ("polish", "i w na z się nie do to że jest o jak od po za ale przez co dla są tym oraz czy ten ta jego ich był może tylko przy także które który być już lub została więc"),
        ("czech", "a se v na je že to s z do o i jako ale k pro by jsou za od po který která které být také při až není nebo jeho však byl byla jen už ještě podle kde jak mezi tím"),
        ("slovak", "a sa v na je že to s z do o aj ako ale k pre by sú za od po ktorý ktorá ktoré byť tiež pri až nie alebo jeho však bol bola len už ešte podľa kde medzi čo"),
        ("croatian", "i u je na se da za su od s o kao što ne koji koja koje to iz po ali bi do samo kako biti nije ili te nakon još sam mogu ima pri prema"),
        ("vietnamese", "và của là các có được cho không trong một những với người này đã khi để đến về từ như ra cũng nhiều tại theo sau bị hay trên đó vào nếu rằng sẽ"),
        ("russian", "и в не на что он я с как а то все она так его но да ты к у же вы за бы по только ее мне было вот от меня еще нет о из ему для при или если быть это этот также может был были которые который"),
        ("serbian", "и у је на се да за су од с о као што не који која које то из по али би до само како бити није или те након још сам могу има према"),
        ("ukrainian", "і в не на що він я з як а то все вона так його але та до у ж ви за б по тільки її мені було від ще ні із для при або якщо бути це цей також може був були які який є"),
        ("bulgarian", "и в не на че той аз с като а то всички тя така но да към у за по само беше от още няма ѝ или ако бъде това този също може бил които който е са се"),
        ("hindi", "के का की है में से और को पर हैं ने यह कि भी एक नहीं था ही कर हो इस लिए तो वह थे जो अपने साथ गया किया या तक"),
        ("nepali", "को मा र छ ले का हो यो पनि गर्न भएको छन् लागि एक गरेको तथा हुन थियो भने यस बाट नै हुने त्यो"),
        ("arabic", "في من على أن إلى عن مع هذا التي هذه الذي لا ما كان كما أو قد بين بعد لم كل ذلك هو هي ثم حيث إن عند غير"),
        ("yiddish", "און די איז פֿון אין דער צו דאָס נישט מיט אַז אַ אויף ער זיי האָט"),
        ("hebrew", "של את על הוא לא זה עם כי היא גם אל או אם כל מה אני היה בין יש"),
    ];

    public static IReadOnlyList<string> Languages { get; } = [.. Profiles.Select(profile => profile.Language)];

    /// <summary>Which languages (by place in <see cref="Languages"/>) have a word among their little ones.</summary>
    public static FrozenDictionary<string, int[]> Words { get; } = Profiles
        .SelectMany((profile, place) => profile.Words.Split(' ').Distinct().Select(word => (word, place)))
        .GroupBy(pair => pair.word, pair => pair.place)
        .ToFrozenDictionary(group => group.Key, group => group.ToArray(), StringComparer.OrdinalIgnoreCase);

    /// <summary>What text search calls them: those that it has no stemmer for are words as they are.</summary>
    public static string Searchable(int place) => Languages[place] switch
    {
        "polish" or "czech" or "slovak" or "croatian" or "vietnamese" or "ukrainian" or "bulgarian" or "hebrew" => LanguageGuess.Unknown,
        var known => known,
    };
}
