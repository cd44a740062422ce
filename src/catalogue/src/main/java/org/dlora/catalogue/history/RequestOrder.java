package org.dlora.catalogue.history;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Order of a list of requests. */
public enum RequestOrder {
    /** The newest first. */
    NEWEST("newest"),
    /** Longest requests first. */
    DURATION("duration"),
    /** Longest waits for the first token first; requests without one are left out. */
    TTFT("ttft");

    private final String word;

    RequestOrder(String word) {
        this.word = word;
    }

    /** Returns its word in queries. */
    public String word() {
        return word;
    }

    /** Returns the words of all orders. */
    public static List<String> words() {
        return Arrays.stream(values()).map(RequestOrder::word).toList();
    }

    /** Returns the order of a word; empty if there is none. */
    public static Optional<RequestOrder> named(String word) {
        return Arrays.stream(values()).filter(order -> order.word.equals(word)).findFirst();
    }
}
