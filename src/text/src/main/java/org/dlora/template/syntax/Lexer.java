package org.dlora.template.syntax;

import java.util.ArrayList;
import java.util.List;
import org.dlora.template.sandbox.TemplateException;
import org.dlora.template.syntax.Token.Kind;
import org.dlora.template.value.PythonCharacter;
import org.dlora.template.value.Strip;
import org.jspecify.annotations.Nullable;

/**
 * Splits a template into text and tags, with {@code trim_blocks} and {@code lstrip_blocks} on. The
 * newline after a block tag and the blanks before it on its line are removed. A {@code -} strips
 * all white space on its side, and a {@code +} keeps it.
 */
final class Lexer {

    private final String source;
    private final List<Token> tokens = new ArrayList<>();
    private int position;
    private int line = 1;

    private Lexer(String source) {
        this.source = source;
    }

    static List<Token> tokenize(String template) {
        var source = template.replace("\r\n", "\n").replace('\r', '\n');
        return new Lexer(source.endsWith("\n") ? source.substring(0, source.length() - 1) : source)
                .run();
    }

    private List<Token> run() {
        while (position < source.length()) {
            int start = nextTag(position);
            if (start < 0) {
                add(Kind.DATA, source.substring(position));
                position = source.length();
            } else {
                tag(start);
            }
        }
        add(Kind.END, "");
        return tokens;
    }

    private int nextTag(int from) {
        for (int at = source.indexOf('{', from); at >= 0; at = source.indexOf('{', at + 1)) {
            if (at + 1 < source.length() && "{%#".indexOf(source.charAt(at + 1)) >= 0) {
                return at;
            }
        }
        return -1;
    }

    private void tag(int start) {
        char kind = source.charAt(start + 1);
        char sign = signAt(start + 2);
        data(start, sign, kind != '{');
        int inside = start + 2 + (sign == ' ' ? 0 : 1);
        switch (kind) {
            case '#' -> comment(inside);
            case '{' -> {
                add(Kind.PRINT_BEGIN, "{{");
                position = inside;
                expression(Kind.PRINT_END, "}}");
            }
            default -> block(inside);
        }
    }

    private char signAt(int at) {
        char character = at < source.length() ? source.charAt(at) : ' ';
        return character == '-' || character == '+' ? character : ' ';
    }

    /** Emits the text up to {@code end}, stripped as the tag that starts there requires. */
    private void data(int end, char sign, boolean stripsLine) {
        var text = source.substring(position, end);
        if (sign == '-') {
            text = Strip.right(text, null);
        } else if (sign != '+' && stripsLine) {
            int lineStart = text.lastIndexOf('\n') + 1;
            boolean atLineStart =
                    lineStart > 0 || position == 0 || source.charAt(position - 1) == '\n';
            if (atLineStart && Strip.left(text.substring(lineStart), null).isEmpty()) {
                text = text.substring(0, lineStart);
            }
        }
        if (!text.isEmpty()) {
            add(Kind.DATA, text);
        }
        advance(end);
    }

    private void comment(int inside) {
        int end = source.indexOf("#}", inside);
        if (end < 0) {
            throw TemplateException.syntax(line, "Missing end of comment tag");
        }
        char sign = end > inside ? signAt(end - 1) : ' ';
        closeBlock(end + 2, sign);
    }

    private void block(int inside) {
        int raw = word(inside, "raw");
        if (raw >= 0) {
            boolean strip = source.startsWith("-%}", raw);
            if (strip || source.startsWith("%}", raw)) {
                advance(strip ? skipSpace(raw + 3) : raw + 2);
                raw();
                return;
            }
        }
        add(Kind.BLOCK_BEGIN, "{%");
        position = inside;
        expression(Kind.BLOCK_END, "%}");
    }

    private void raw() {
        for (int at = source.indexOf("{%", position); at >= 0; at = source.indexOf("{%", at + 2)) {
            char sign = signAt(at + 2);
            int after = word(at + 2 + (sign == ' ' ? 0 : 1), "endraw");
            if (after >= 0) {
                char closing = signAt(after);
                int end = after + (closing == ' ' ? 0 : 1);
                if (source.startsWith("%}", end)) {
                    data(at, sign, true);
                    closeBlock(end + 2, closing);
                    return;
                }
            }
        }
        throw TemplateException.syntax(line, "Missing end of raw directive");
    }

    /** Returns the position after {@code word} and the white space around it, or -1. */
    private int word(int from, String word) {
        int at = skipSpace(from);
        return source.startsWith(word, at) ? skipSpace(at + word.length()) : -1;
    }

    private void expression(Kind end, String delimiter) {
        var tag = new TagLexer(source, position, line, delimiter);
        tag.run(tokens);
        line = tag.line();
        position = tag.position();
        if (position == source.length() && !tag.closed()) {
            return;
        }
        add(end, delimiter);
        int after = position + tag.closingSign().length() + delimiter.length();
        if (end == Kind.BLOCK_END) {
            closeBlock(after, tag.closingSign().isEmpty() ? ' ' : tag.closingSign().charAt(0));
        } else {
            advance(tag.closingSign().isEmpty() ? after : skipSpace(after));
        }
    }

    private void closeBlock(int end, char sign) {
        if (sign == '-') {
            advance(skipSpace(end));
        } else {
            advance(
                    sign == ' ' && end < source.length() && source.charAt(end) == '\n'
                            ? end + 1
                            : end);
        }
    }

    private int skipSpace(int from) {
        int at = from;
        while (at < source.length() && PythonCharacter.isSpace(source.charAt(at))) {
            at++;
        }
        return at;
    }

    private void advance(int to) {
        for (int at = position; at < to; at++) {
            line += source.charAt(at) == '\n' ? 1 : 0;
        }
        position = to;
    }

    private void add(Kind kind, @Nullable String text) {
        tokens.add(new Token(kind, text == null ? "" : text, line));
    }
}
