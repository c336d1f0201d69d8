using System.Collections.Frozen;

namespace AiSaas.Llm.Local.Extractive;

/// <summary>Everyday words that people ask with and documents answer with. Conservative: each pair is safe in any trade.</summary>
internal static class Synonyms
{
    private static readonly FrozenDictionary<string, string> Canonical = """
        cost price fee charge
        buy purchase
        begin start commence began begun
        end expire terminate finish
        delete remove erase
        employee staff worker
        company firm enterprise
        duration period
        holiday vacation
        doctor physician
        maximum max
        minimum min
        phone telephone
        picture photo image
        error fault failure fail
        repair fix
        reimburse refund
        allow permit
        require need
        large big
        small little
        fast quick rapid
        clean wash
        child children kid
        film movie
        country nation
        author writer write wrote written
        invoice bill
        customer client
        establish found founded
        die died dies dying death dead
        born birth
        weight weigh heavy weighs
        height high tall
        depth deep
        width wide
        locate location located situated
        manufacture produce
        help assist
        stop halt
        choose select pick chose chosen
        change modify alter
        receive obtain get got
        show display
        warranty guarantee
        annual yearly annually
        person people
        car vehicle automobile
        pay paid payment
        send sent
        buildings building built build
        sell sold sale
        lose lost loss
        meet met meeting
        speak spoke spoken
        teach taught teacher
        think thought
        win won winner
        """.Split('\n')
        .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .SelectMany(group => group.Select(word => (Stem: Words.Ending(word), First: Words.Ending(group[0]))))
        .DistinctBy(pair => pair.Stem)
        .ToFrozenDictionary(pair => pair.Stem, pair => pair.First);

    public static string Of(string stem) => Canonical.GetValueOrDefault(stem, stem);
}
