package org.dlora.api.openai.tools;

/**
 * Incremental checker of one JSON value (RFC 8259): takes a character at a time, and says at once
 * when the text cannot become JSON any more.
 */
final class JsonScanner {
    /** Values that are nested more deeply are not JSON here. */
    private static final int MAX_DEPTH = 100;

    enum Status {
        /** More characters are needed, or a number could go on. */
        OPEN,
        COMPLETE,
        BROKEN
    }

    private enum State {
        VALUE,
        FIRST_ITEM,
        FIRST_KEY,
        KEY,
        COLON,
        AFTER,
        STRING,
        ESCAPE,
        HEX,
        WORD,
        NUMBER
    }

    private final boolean[] inObject = new boolean[MAX_DEPTH];
    private int depth;
    private State state = State.VALUE;
    private boolean isKey;
    private int hexLeft;
    private String word = "";
    private int wordAt;
    private final JsonNumber number = new JsonNumber();

    /** Returns how many objects and arrays are open. */
    int depth() {
        return depth;
    }

    /** Returns whether a value begins with the next character that is no whitespace. */
    boolean expectsValue() {
        return state == State.VALUE || state == State.FIRST_ITEM;
    }

    /** Returns whether the innermost open object expects a name. */
    boolean expectsKey() {
        return state == State.FIRST_KEY || state == State.KEY;
    }

    /** Returns whether a name of an object has ended, and its value has not begun. */
    boolean isAfterKey() {
        return state == State.COLON;
    }

    /** Returns whether the last value has ended, numbers excepted, which a next character ends. */
    boolean isAfterValue() {
        return state == State.AFTER;
    }

    boolean isInNumber() {
        return state == State.NUMBER;
    }

    /** Takes a character. Not to be called after {@code COMPLETE} or {@code BROKEN}. */
    Status add(char c) {
        boolean isRight =
                switch (state) {
                    case VALUE, FIRST_ITEM -> value(c);
                    case FIRST_KEY, KEY -> key(c);
                    case COLON -> isSpace(c) || (c == ':' && to(State.VALUE));
                    case AFTER -> after(c);
                    case STRING -> string(c);
                    case ESCAPE -> escape(c);
                    case HEX -> hex(c);
                    case WORD -> word(c);
                    case NUMBER -> number(c);
                };
        if (!isRight) {
            return Status.BROKEN;
        }
        return depth == 0 && state == State.AFTER ? Status.COMPLETE : Status.OPEN;
    }

    private boolean value(char c) {
        if (isSpace(c)) {
            return true;
        }
        return switch (c) {
            case '{' -> open(true);
            case '[' -> open(false);
            case '"' -> text(false);
            case 't' -> begin("true");
            case 'f' -> begin("false");
            case 'n' -> begin("null");
            case ']' -> state == State.FIRST_ITEM && close(false);
            default -> number.begin(c) && to(State.NUMBER);
        };
    }

    private boolean key(char c) {
        return isSpace(c)
                || (c == '"' && text(true))
                || (c == '}' && state == State.FIRST_KEY && close(true));
    }

    private boolean after(char c) {
        if (isSpace(c)) {
            return true;
        }
        return switch (c) {
            case ',' -> depth > 0 && to(inObject[depth - 1] ? State.KEY : State.VALUE);
            case '}' -> close(true);
            case ']' -> close(false);
            default -> false;
        };
    }

    private boolean open(boolean object) {
        if (depth == MAX_DEPTH) {
            return false;
        }
        inObject[depth++] = object;
        return to(object ? State.FIRST_KEY : State.FIRST_ITEM);
    }

    private boolean close(boolean object) {
        if (depth == 0 || inObject[depth - 1] != object) {
            return false;
        }
        depth--;
        return to(State.AFTER);
    }

    private boolean text(boolean key) {
        isKey = key;
        return to(State.STRING);
    }

    private boolean string(char c) {
        return switch (c) {
            case '"' -> to(isKey ? State.COLON : State.AFTER);
            case '\\' -> to(State.ESCAPE);
            default -> c >= ' ';
        };
    }

    private boolean escape(char c) {
        if (c == 'u') {
            hexLeft = 4;
            return to(State.HEX);
        }
        return "\"\\/bfnrt".indexOf(c) >= 0 && to(State.STRING);
    }

    private boolean hex(char c) {
        if (c > 'f' || Character.digit(c, 16) < 0) {
            return false;
        }
        return --hexLeft > 0 || to(State.STRING);
    }

    private boolean begin(String expected) {
        word = expected;
        wordAt = 1;
        return to(State.WORD);
    }

    private boolean word(char c) {
        if (word.charAt(wordAt++) != c) {
            return false;
        }
        return wordAt < word.length() || to(State.AFTER);
    }

    private boolean number(char c) {
        if (number.add(c)) {
            return true;
        }
        return number.isWhole() && to(State.AFTER) && after(c);
    }

    private boolean to(State next) {
        state = next;
        return true;
    }

    private static boolean isSpace(char c) {
        return c == ' ' || c == '\n' || c == '\r' || c == '\t';
    }
}
