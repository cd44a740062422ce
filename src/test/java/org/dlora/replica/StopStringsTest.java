package org.dlora.replica;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class StopStringsTest {

    @Test
    void holdsBackTheBeginningOfAStopStringAndGivesItBackIfItIsNone() {
        var stops = new StopStrings(List.of("STOP"), false);
        assertThat(stops.accept("one ST", true)).isEqualTo("one ");
        assertThat(stops.accept("O", true)).isEmpty();
        assertThat(stops.accept("RE", true)).isEqualTo("STORE");
        assertThat(stops.found()).isNull();
    }

    @Test
    void endsAtAStopStringThatSpansTokens() {
        var stops = new StopStrings(List.of("\n\n", "END"), false);
        assertThat(stops.accept("so\nE", true)).isEqualTo("so\n");
        assertThat(stops.accept("N", true)).isEmpty();
        assertThat(stops.accept("D of story", true)).isEmpty();
        assertThat(stops.found()).isEqualTo("END");
        assertThat(stops.flush()).isEmpty();
    }

    @Test
    void includesTheStopStringIfAsked() {
        var stops = new StopStrings(List.of("END"), true);
        assertThat(stops.accept("the E", true) + stops.accept("NDing", true)).isEqualTo("the END");
    }

    @Test
    void emitsHeldTextAtTheEnd() {
        var stops = new StopStrings(List.of("END"), false);
        assertThat(stops.accept("the EN", true)).isEqualTo("the ");
        assertThat(stops.flush()).isEqualTo("EN");
    }

    @Test
    void whatIsCompleteWhileNothingCountsIsShown() {
        var stops = new StopStrings(List.of("ab"), false);
        assertThat(stops.accept("xa", true)).isEqualTo("x");
        assertThat(stops.accept("ab", false)).isEqualTo("aab");
        assertThat(stops.found()).isNull();
    }

    @Test
    void whatBeginsWhileNothingCountsAndEndsLaterIsFound() {
        var stops = new StopStrings(List.of("STOP"), false);
        assertThat(stops.accept("xST", false)).isEqualTo("x");
        assertThat(stops.accept("OP", true)).isEmpty();
        assertThat(stops.found()).isEqualTo("STOP");
    }

    @Property(tries = 3000)
    void theCutOfTextIntoTokensChangesNothing(@ForAll long seed) {
        var random = new Random(seed);
        var stops = strings(random, 1 + random.nextInt(3), 4);
        boolean include = random.nextBoolean();
        String text = string(random, random.nextInt(30));
        var streaming = new StopStrings(stops, include);
        var shown = new StringBuilder();
        for (int i = 0; i < text.length(); ) {
            int next = Math.min(text.length(), i + random.nextInt(4));
            shown.append(streaming.accept(text.substring(i, next), true));
            i = next;
            assertThat(text).startsWith(shown);
            if (streaming.found() == null) {
                // Nothing is shown that can be the beginning of a stop string, and nothing else is
                // held back.
                String held = text.substring(shown.length(), i);
                assertThat(held).isEqualTo(longestPossibleBeginning(text.substring(0, i), stops));
            }
        }
        var found = streaming.found();
        shown.append(streaming.flush());
        assertThat(shown.toString()).isEqualTo(cut(text, stops, include));
        assertThat(found != null).isEqualTo(stops.stream().anyMatch(text::contains));
    }

    /**
     * By definition: at the first place where a stop string is complete, the longest that is
     * complete there.
     */
    private static String cut(String text, List<String> stops, boolean include) {
        for (int end = 1; end <= text.length(); end++) {
            String head = text.substring(0, end);
            int longest =
                    stops.stream().filter(head::endsWith).mapToInt(String::length).max().orElse(0);
            if (longest > 0) {
                return include ? head : text.substring(0, end - longest);
            }
        }
        return text;
    }

    private static String longestPossibleBeginning(String text, List<String> stops) {
        for (int start = Math.max(0, text.length() - 3); start < text.length(); start++) {
            String end = text.substring(start);
            if (stops.stream()
                    .anyMatch(stop -> stop.length() > end.length() && stop.startsWith(end))) {
                return end;
            }
        }
        return "";
    }

    private static List<String> strings(Random random, int count, int maxLength) {
        var strings = new ArrayList<String>();
        for (int i = 0; i < count; i++) {
            strings.add(string(random, 1 + random.nextInt(maxLength)));
        }
        return strings;
    }

    private static String string(Random random, int length) {
        var string = new StringBuilder();
        for (int i = 0; i < length; i++) {
            string.append((char) ('a' + random.nextInt(2)));
        }
        return string.toString();
    }
}
