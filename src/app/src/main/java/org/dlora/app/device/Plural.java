package org.dlora.app.device;

/** A count with its noun in a sentence. */
public final class Plural {
    private Plural() {}

    /** Returns a text such as "1 adapter" or "2 adapters". */
    public static String of(int count, String noun) {
        return count + " " + noun + (count == 1 ? "" : "s");
    }
}
