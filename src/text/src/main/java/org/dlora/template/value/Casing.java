package org.dlora.template.value;

import java.util.Locale;

/** Upper, lower and title case as Python's {@code str} has them. */
public final class Casing {

    private Casing() {}

    public static String capitalize(String text) {
        if (text.isEmpty()) {
            return text;
        }
        // The whole is lowered, because a sigma is lowered by its place in the word.
        int first = text.codePointAt(0);
        int rest = Character.toString(first).toLowerCase(Locale.ROOT).length();
        return titleCharacter(first) + text.toLowerCase(Locale.ROOT).substring(rest);
    }

    /**
     * Returns {@code text} in title case. A word starts at every cased character that follows an
     * uncased one.
     */
    public static String title(String text) {
        var lower = text.toLowerCase(Locale.ROOT);
        var titled = new StringBuilder(text.length());
        boolean inWord = false;
        for (int at = 0; at < lower.length(); ) {
            int character = lower.codePointAt(at);
            titled.append(inWord ? Character.toString(character) : titleCharacter(character));
            inWord = PythonCharacter.isCased(character);
            at += Character.charCount(character);
        }
        return titled.toString();
    }

    private static String titleCharacter(int character) {
        int title = Character.toTitleCase(character);
        // One character may become two, which only the string method knows: sharp s to "Ss".
        var upper = Character.toString(character).toUpperCase(Locale.ROOT);
        return title == character && upper.codePointCount(0, upper.length()) > 1
                ? upper.charAt(0) + upper.substring(1).toLowerCase(Locale.ROOT)
                : Character.toString(title);
    }

    public static String swap(String text) {
        var swapped = new StringBuilder(text.length());
        text.codePoints()
                .forEach(character -> {
                    var one = Character.toString(character);
                    swapped.append(
                            Character.isUpperCase(character)
                                    ? one.toLowerCase(Locale.ROOT)
                                    : Character.isLowerCase(character)
                                            ? one.toUpperCase(Locale.ROOT)
                                            : one);
                });
        return swapped.toString();
    }

    /** Returns {@code text} in a form that texts of other cases share. */
    public static String fold(String text) {
        var folded = new StringBuilder(text.length());
        // One by one, because a sigma is lowered by its place in the word.
        text.codePoints()
                .mapToObj(Character::toString)
                .map(one -> one.toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT))
                .forEach(folded::append);
        return folded.toString();
    }

    public static boolean isUpper(String text) {
        return text.codePoints().anyMatch(Character::isUpperCase)
                && text.codePoints()
                        .noneMatch(c -> Character.isLowerCase(c) || Character.isTitleCase(c));
    }

    public static boolean isLower(String text) {
        return text.codePoints().anyMatch(Character::isLowerCase)
                && text.codePoints()
                        .noneMatch(c -> Character.isUpperCase(c) || Character.isTitleCase(c));
    }
}
