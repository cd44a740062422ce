package org.dlora.template.syntax;

import java.util.List;
import org.dlora.template.sandbox.Sandbox;
import org.dlora.template.sandbox.TemplateException;
import org.dlora.template.syntax.Token.Kind;

/** The tokens of a template, read from left to right with one token of lookahead. */
final class TokenReader {

    private final List<Token> tokens;
    private int position;
    private int depth;

    TokenReader(List<Token> tokens) {
        this.tokens = tokens;
    }

    Token current() {
        return tokens.get(position);
    }

    private Token following() {
        return tokens.get(Math.min(position + 1, tokens.size() - 1));
    }

    Token next() {
        var token = current();
        position = Math.min(position + 1, tokens.size() - 1);
        return token;
    }

    int line() {
        return current().line();
    }

    boolean at(Kind kind) {
        return current().kind() == kind;
    }

    boolean atOperator(String operator) {
        return current().is(Kind.OPERATOR, operator);
    }

    boolean atName(String name) {
        return current().is(Kind.NAME, name);
    }

    boolean followedByOperator(String operator) {
        return following().is(Kind.OPERATOR, operator);
    }

    boolean followedByName(String name) {
        return following().is(Kind.NAME, name);
    }

    boolean skipOperator(String operator) {
        return skipIf(atOperator(operator));
    }

    boolean skipName(String name) {
        return skipIf(atName(name));
    }

    private boolean skipIf(boolean condition) {
        if (condition) {
            next();
        }
        return condition;
    }

    void expectOperator(String operator) {
        if (!skipOperator(operator)) {
            throw failure("expected '" + operator + "', got " + current().description());
        }
    }

    void expectName(String name) {
        if (!skipName(name)) {
            throw failure("expected '" + name + "', got " + current().description());
        }
    }

    String expectName() {
        return expect(Kind.NAME).text();
    }

    Token expect(Kind kind) {
        if (!at(kind)) {
            throw failure("expected " + kind.description() + ", got " + current().description());
        }
        return next();
    }

    TemplateException failure(String reason) {
        return TemplateException.syntax(line(), reason);
    }

    /** Goes one level down in the grammar; every recursion of the parsers passes here. */
    void enter() {
        if (++depth > Sandbox.MAX_PARSE_DEPTH) {
            throw TemplateException.limit(
                            "expressions and blocks are nested more than "
                                    + Sandbox.MAX_PARSE_DEPTH
                                    + " deep")
                    .at(line());
        }
    }

    void leave() {
        depth--;
    }
}
