package org.dlora.template.syntax;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.dlora.template.sandbox.TemplateException;
import org.dlora.template.syntax.Token.Kind;
import org.dlora.template.value.PythonCharacter;

/** Lexer of one tag, up to its closing delimiter outside all brackets. */
final class TagLexer {

    private static final List<String> OPERATORS =
            List.of(
                    "//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(",
                    ")", "{", "}", ">", "<", "=", ".", ":", "|", ",", ";");

    private final String source;
    private final String delimiter;
    private final Deque<Character> brackets = new ArrayDeque<>();
    private int position;
    private int line;
    private boolean closed;
    private String closingSign = "";

    TagLexer(String source, int position, int line, String delimiter) {
        this.source = source;
        this.position = position;
        this.line = line;
        this.delimiter = delimiter;
    }

    /** Returns where the closing delimiter with its sign starts, or the end of the source. */
    int position() {
        return position;
    }

    int line() {
        return line;
    }

    boolean closed() {
        return closed;
    }

    /** Returns {@code -}, {@code +} or nothing. */
    String closingSign() {
        return closingSign;
    }

    void run(List<Token> tokens) {
        while (position < source.length()) {
            if (brackets.isEmpty() && atEnd()) {
                closed = true;
                return;
            }
            int character = source.codePointAt(position);
            if (PythonCharacter.isSpace(character)) {
                line += character == '\n' ? 1 : 0;
                position++;
            } else {
                tokens.add(token(character));
            }
        }
    }

    private boolean atEnd() {
        if (source.startsWith("-" + delimiter, position)) {
            closingSign = "-";
        } else if (delimiter.equals("%}") && source.startsWith("+%}", position)) {
            closingSign = "+";
        } else {
            return source.startsWith(delimiter, position);
        }
        return true;
    }

    private Token token(int character) {
        int start = position;
        if (character >= '0' && character <= '9') {
            var number = new NumberScanner(source, position);
            position = number.end();
            var kind = number.isFloat() ? Kind.FLOAT : Kind.INTEGER;
            return new Token(kind, source.substring(start, position).replace("_", ""), line);
        }
        if (PythonCharacter.isNamePart(character)) {
            return name(character);
        }
        if (character == '\'' || character == '"') {
            return string((char) character);
        }
        return operator();
    }

    private Token name(int first) {
        int start = position;
        while (position < source.length()
                && PythonCharacter.isNamePart(source.codePointAt(position))) {
            position += Character.charCount(source.codePointAt(position));
        }
        if (!PythonCharacter.isNameStart(first)) {
            throw TemplateException.syntax(line, "Invalid character in identifier");
        }
        return new Token(Kind.NAME, source.substring(start, position), line);
    }

    private Token string(char quote) {
        int start = position + 1;
        int at = start;
        while (at < source.length() && source.charAt(at) != quote) {
            at += source.charAt(at) == '\\' ? 2 : 1;
        }
        if (at >= source.length()) {
            throw TemplateException.syntax(
                    line, "unexpected char " + quote + ": the string does not end");
        }
        var literal = source.substring(start, at);
        var token = new Token(Kind.STRING, StringLiteral.unescape(literal, line), line);
        line += (int) literal.chars().filter(c -> c == '\n').count();
        position = at + 1;
        return token;
    }

    private Token operator() {
        for (var operator : OPERATORS) {
            if (source.startsWith(operator, position)) {
                balance(operator.charAt(0));
                position += operator.length();
                return new Token(Kind.OPERATOR, operator, line);
            }
        }
        throw TemplateException.syntax(
                line, "unexpected char '" + Character.toString(source.codePointAt(position)) + "'");
    }

    private void balance(char operator) {
        switch (operator) {
            case '(' -> brackets.push(')');
            case '[' -> brackets.push(']');
            case '{' -> brackets.push('}');
            case ')', ']', '}' -> {
                if (brackets.isEmpty()) {
                    throw TemplateException.syntax(line, "unexpected '" + operator + "'");
                }
                char expected = brackets.pop();
                if (expected != operator) {
                    throw TemplateException.syntax(
                            line, "unexpected '" + operator + "', expected '" + expected + "'");
                }
            }
            default -> {}
        }
    }
}
