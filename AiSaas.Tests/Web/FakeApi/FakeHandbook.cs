using System.Text;

namespace AiSaas.Tests.Web.FakeApi;

/// <summary>The document that the fake api's sample consists of.</summary>
internal static class FakeHandbook
{
    public static IReadOnlyList<string> Pages { get; } =
    [
        """
        Handbook for the Meridian kettle

        1 Before first use
        Fill the kettle with fresh water up to the MAX mark, bring it to the boil once and pour the
        water away. Do not operate the kettle without water: the dry-boil guard switches it off, and
        it must then cool down for fifteen minutes.

        2 Refunds
        You may return the kettle within 30 days of delivery. A refund takes five working days
        after the returned kettle has reached our warehouse in Utrecht. Shipping costs are refunded
        when the whole order is returned.
        """,
        """
        3 Warranty
        The models M2 and M3 carry a warranty of two years; the model M1 carries one year. The
        warranty covers the heating element, the switch and the base. It does not cover limescale,
        dents, or damage by dry boiling.

        4 Descaling
        Descale the heating element every two months, and every month where the water is hard. Use
        50 g of citric acid in one litre of warm water, let it stand for thirty minutes without
        boiling it, and rinse three times.
        """,
        """
        5 Shipping
        Standard shipping takes three working days and is free from 40 euros. Express shipping costs
        9.90 euros and arrives on the next working day when ordered before 14:00.

        6 Technical data
        Voltage 220-240 V, 50 Hz. Power 2,200 W. Capacity 1.7 litres. Noise at the boil 62 dB(A).
        """,
    ];

    public static byte[] Bytes { get; } = Encoding.UTF8.GetBytes(string.Join('\f', Pages));
}
