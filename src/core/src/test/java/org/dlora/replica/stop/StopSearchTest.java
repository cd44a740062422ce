package org.dlora.replica.stop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class StopSearchTest {

    @Test
    void holdsBackTheBeginningOfAStopStringAndGivesItBackIfItIsNone() {
        var stops = new StopSearch(List.of("STOP"), false);
        assertThat(stops.accept("one ST", true)).isEqualTo("one ");
        assertThat(stops.accept("O", true)).isEmpty();
        assertThat(stops.accept("RE", true)).isEqualTo("STORE");
        assertThat(stops.found()).isNull();
    }

    @Test
    void endsAtAStopStringThatSpansTokens() {
        var stops = new StopSearch(List.of("\n\n", "END"), false);
        assertThat(stops.accept("so\nE", true)).isEqualTo("so\n");
        assertThat(stops.accept("N", true)).isEmpty();
        assertThat(stops.accept("D of story", true)).isEmpty();
        assertThat(stops.found()).isEqualTo("END");
        assertThat(stops.flush()).isEmpty();
    }

    @Test
    void includesTheStopStringIfAsked() {
        var stops = new StopSearch(List.of("END"), true);
        assertThat(stops.accept("the E", true) + stops.accept("NDing", true)).isEqualTo("the END");
    }

    @Test
    void emitsHeldTextAtTheEnd() {
        var stops = new StopSearch(List.of("END"), false);
        assertThat(stops.accept("the EN", true)).isEqualTo("the ");
        assertThat(stops.flush()).isEqualTo("EN");
    }

    @Test
    void aStopStringThatDoesNotCountIsShown() {
        var stops = new StopSearch(List.of("ab"), false);
        assertThat(stops.accept("xa", true)).isEqualTo("x");
        assertThat(stops.accept("ab", false)).isEqualTo("aab");
        assertThat(stops.found()).isNull();
    }

    @Test
    void aStopStringThatBeginsBeforeCountingIsFound() {
        var stops = new StopSearch(List.of("STOP"), false);
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
        var streaming = new StopSearch(stops, include);
        var shown = new StringBuilder();
        for (int i = 0; i < text.length(); ) {
            int next = Math.min(text.length(), i + random.nextInt(4));
            shown.append(streaming.accept(text.substring(i, next), true));
            i = next;
            assertThat(text).startsWith(shown);
            if (streaming.found() == null) {
                // Exactly the text that can start a stop string is
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

    @Property(tries = 3000)
    void resultEqualsComparingEveryStopStringAtEveryCharacter(@ForAll long seed) {
        var random = new Random(seed);
        var stops = strings(random, random.nextInt(6), 7);
        boolean include = random.nextBoolean();
        var naive = new NaiveStopStrings(stops, include);
        var tested = new StopSearch(stops, include);
        for (int i = 0; i < 40; i++) {
            var text = string(random, random.nextInt(4));
            boolean counts = random.nextInt(3) > 0;
            assertThat(tested.accept(text, counts)).isEqualTo(naive.accept(text, counts));
            assertThat(tested.found()).isEqualTo(naive.found());
            assertThat(tested.held()).isEqualTo(naive.held());
        }
        assertThat(tested.flush()).isEqualTo(naive.held());
        assertThat(tested.held()).isEmpty();
    }

    @Property(tries = 3000)
    void aResumedSearchContinuesAsBefore(@ForAll long seed) {
        var random = new Random(seed);
        var stops = strings(random, 1 + random.nextInt(5), 7);
        boolean include = random.nextBoolean();
        var whole = new StopSearch(stops, include);
        var moved = new StopSearch(stops, include);
        while (whole.found() == null && random.nextInt(40) > 0) {
            moved = StopSearch.resume(stops, include, moved.held());
            var text = string(random, random.nextInt(4));
            boolean counts = random.nextInt(3) > 0;
            assertThat(moved.accept(text, counts)).isEqualTo(whole.accept(text, counts));
            assertThat(moved.found()).isEqualTo(whole.found());
            assertThat(moved.held()).isEqualTo(whole.held());
        }
    }

    @Test
    void onlyTheBeginningOfAStopStringCanBeResumed() {
        for (var held : List.of("STOP", "x", "SS", "aST")) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> StopSearch.resume(List.of("STOP"), false, held))
                    .withMessageContainingAll("'" + held + "'", "[STOP]");
        }
    }

    /** Comparing every stop string with all that is held, this takes days. */
    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void longTextIsHeldBackAtTheCostOfItsCharacters() {
        var beginning = "a".repeat(8_000);
        var stops =
                IntStream.range(0, 64)
                        .mapToObj(i -> beginning.substring(i) + (char) ('b' + i))
                        .toList();
        var tested = new StopSearch(stops, false);
        int shown = 0;
        for (int i = 0; i < 1_000_000; i++) {
            shown += tested.accept("a", true).length();
        }
        assertThat(shown).isEqualTo(1_000_000 - 8_000);
        assertThat(tested.held()).isEqualTo(beginning);
        assertThat(tested.accept("!", true)).isEqualTo(beginning + "!");
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
