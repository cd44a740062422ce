package org.dlora.api.web;

import org.springframework.format.annotation.DurationFormat;
import org.springframework.format.datetime.standard.DurationFormatterUtils;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.StringNode;

/** Reader of promised times, which are written as in the settings. */
public final class SloTimeReader {
    private static final String EXPECTED =
            "a number of seconds or text with a unit such as \"50ms\", not negative; 0 or null for none";

    private SloTimeReader() {}

    /** Returns the seconds under {@code name}; infinite for 0, for null and for an absent name. */
    public static double read(Fields fields, String name) {
        return fields.any(name)
                .map(node -> read(fields.path(name), node))
                .orElse(Double.POSITIVE_INFINITY);
    }

    /** Returns the seconds of the text at {@code path}; infinite for 0. */
    public static double read(String path, String text) {
        return read(path, StringNode.valueOf(text));
    }

    private static double read(String path, JsonNode node) {
        double seconds = seconds(node);
        if (!(seconds >= 0 && seconds < Double.POSITIVE_INFINITY)) {
            throw Fields.wrong(path, EXPECTED, node);
        }
        return seconds == 0 ? Double.POSITIVE_INFINITY : seconds;
    }

    private static double seconds(JsonNode node) {
        if (!node.isString()) {
            return node.isNumber() ? node.doubleValue() : Double.NaN;
        }
        try {
            var duration =
                    DurationFormatterUtils.detectAndParse(
                            node.stringValue(), DurationFormat.Unit.SECONDS);
            return duration.getSeconds() + 1e-9 * duration.getNano();
        } catch (IllegalArgumentException | ArithmeticException _) {
            return Double.NaN;
        }
    }
}
