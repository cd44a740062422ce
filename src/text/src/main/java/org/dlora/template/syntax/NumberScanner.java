package org.dlora.template.syntax;

/** Finds the end of a number literal and whether it is a float. */
final class NumberScanner {

    private final String source;
    private final boolean isFloat;
    private final int end;

    /**
     * @param start position of the first digit
     */
    NumberScanner(String source, int start) {
        this.source = source;
        // After a dot a number is an index (x.0.1 is x[0][1]), never a float.
        int floatEnd = start > 0 && source.charAt(start - 1) == '.' ? start : floatEnd(start);
        this.isFloat = floatEnd > start;
        this.end = isFloat ? floatEnd : integerEnd(start);
    }

    boolean isFloat() {
        return isFloat;
    }

    int end() {
        return end;
    }

    private int floatEnd(int start) {
        int whole = digits(start, 10);
        int fraction = at(whole) == '.' ? digits(whole + 1, 10) : whole;
        int afterFraction = fraction > whole + 1 ? fraction : whole;
        int exponent = exponentEnd(afterFraction);
        int end = exponent > afterFraction ? exponent : afterFraction;
        return end > whole ? end : start;
    }

    private int exponentEnd(int from) {
        if (at(from) != 'e' && at(from) != 'E') {
            return from;
        }
        int first = from + (at(from + 1) == '+' || at(from + 1) == '-' ? 2 : 1);
        int end = digits(first, 10);
        return end > first ? end : from;
    }

    private int integerEnd(int start) {
        if (at(start) != '0') {
            return digits(start, 10);
        }
        int radix =
                switch (at(start + 1)) {
                    case 'b', 'B' -> 2;
                    case 'o', 'O' -> 8;
                    case 'x', 'X' -> 16;
                    default -> 0;
                };
        int first = start + (at(start + 2) == '_' ? 3 : 2);
        if (radix > 0 && digits(first, radix) > first) {
            return digits(first, radix);
        }
        int end = start + 1;
        while (at(end) == '0' || (at(end) == '_' && at(end + 1) == '0')) {
            end++;
        }
        return end;
    }

    /**
     * Returns the end of a run of digits with single underscores between them; {@code from} where
     * there is none.
     */
    private int digits(int from, int radix) {
        int end = from;
        while (isDigit(end, radix) || (end > from && at(end) == '_' && isDigit(end + 1, radix))) {
            end++;
        }
        return end;
    }

    private boolean isDigit(int position, int radix) {
        return at(position) < 128 && Character.digit(at(position), radix) >= 0;
    }

    private char at(int position) {
        return position < source.length() ? source.charAt(position) : '\0';
    }
}
