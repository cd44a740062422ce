package org.dlora.catalogue.source.fetch;

/**
 * Quotation of a stranger's text in an error message: short, on one line, and without the secrets
 * of an address.
 */
public final class Quotes {
    private static final int MAX_LENGTH = 120;

    private Quotes() {}

    /** Returns the text in quotation marks. */
    public static String of(Object text) {
        var clean = PublicSource.of(text.toString()).replaceAll("\\p{Cntrl}", "?");
        return '"'
                + (clean.length() > MAX_LENGTH ? clean.substring(0, MAX_LENGTH) + "…" : clean)
                + '"';
    }
}
