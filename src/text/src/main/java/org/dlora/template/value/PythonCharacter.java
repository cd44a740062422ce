package org.dlora.template.value;

/** Python's classes of characters where they differ from Java's. */
public final class PythonCharacter {

    private PythonCharacter() {}

    /**
     * Returns whether {@code str.isspace} and the regular expression {@code \s} accept the
     * character.
     */
    public static boolean isSpace(int character) {
        return switch (character) {
            case ' ', '\t', '\n', 0x0b, '\f', '\r', 0x1c, 0x1d, 0x1e, 0x1f, 0x85, 0xa0, 0x1680 ->
                    true;
            case 0x2028, 0x2029, 0x202f, 0x205f, 0x3000 -> true;
            default -> character >= 0x2000 && character <= 0x200a;
        };
    }

    /**
     * Returns whether {@code str.splitlines} splits at the character; {@code \r\n} counts as one.
     */
    public static boolean isLineEnd(int character) {
        return switch (character) {
            case '\n', 0x0b, '\f', '\r', 0x1c, 0x1d, 0x1e, 0x85, 0x2028, 0x2029 -> true;
            default -> false;
        };
    }

    /**
     * Returns whether {@code str.isprintable} accepts the character, so that {@code repr} shows it
     * unescaped.
     */
    public static boolean isPrintable(int character) {
        return switch (Character.getType(character)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR ->
                    false;
            case Character.SPACE_SEPARATOR -> character == ' ';
            default -> true;
        };
    }

    /**
     * Returns whether the character has a case. Such characters make up the words of {@code
     * str.title}.
     */
    public static boolean isCased(int character) {
        return Character.isUpperCase(character)
                || Character.isLowerCase(character)
                || Character.isTitleCase(character);
    }

    public static boolean isNameStart(int character) {
        return character == '_' || Character.isUnicodeIdentifierStart(character);
    }

    public static boolean isNamePart(int character) {
        return character == '_'
                || (Character.isUnicodeIdentifierPart(character)
                        && !Character.isIdentifierIgnorable(character));
    }
}
