package org.dlora.app;

/** Numbers of things in sentences. */
final class Plural {
    private Plural() {}

    /** "1 adapter", "2 adapters". */
    static String of(int count, String noun) {
        return count + " " + noun + (count == 1 ? "" : "s");
    }
}
