package org.dlora.template.value;

import java.util.BitSet;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** {@code strip} and its halves: removes white space, or the characters of a set, from the ends. */
public final class Strip {

    private Strip() {}

    public static String both(String text, @Nullable String characters) {
        return right(left(text, characters), characters);
    }

    public static String left(String text, @Nullable String characters) {
        var strips = set(characters);
        int start = 0;
        while (start < text.length() && strips.test(text.codePointAt(start))) {
            start += Character.charCount(text.codePointAt(start));
        }
        return text.substring(start);
    }

    public static String right(String text, @Nullable String characters) {
        var strips = set(characters);
        int end = text.length();
        while (end > 0 && strips.test(text.codePointBefore(end))) {
            end -= Character.charCount(text.codePointBefore(end));
        }
        return text.substring(0, end);
    }

    private static IntPredicate set(@Nullable String characters) {
        if (characters == null) {
            return PythonCharacter::isSpace;
        }
        var set = new BitSet();
        characters.codePoints().forEach(set::set);
        return set::get;
    }
}
