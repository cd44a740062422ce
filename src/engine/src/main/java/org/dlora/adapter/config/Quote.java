package org.dlora.adapter.config;

/** Quotation of text from a stranger's file in an error message: short, on one line. */
public final class Quote {
    private static final int MAX_LENGTH = 120;

    private Quote() {}

    public static String of(Object text) {
        return '"' + plain(text.toString()) + '"';
    }

    /** Quotes without quotation marks. */
    public static String plain(String text) {
        var clean = text.replaceAll("\\p{Cntrl}", "?");
        return clean.length() > MAX_LENGTH ? clean.substring(0, MAX_LENGTH) + "…" : clean;
    }
}
