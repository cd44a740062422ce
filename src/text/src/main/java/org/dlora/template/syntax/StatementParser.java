package org.dlora.template.syntax;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.dlora.template.sandbox.TemplateException;
import org.dlora.template.syntax.Expression.FilterCall;
import org.dlora.template.syntax.Stmt.Signature;
import org.dlora.template.syntax.Token.Kind;

/** Parser of a template's statements: text, print tags and block tags. */
public final class StatementParser {

    private final TokenReader tokens;
    private final ParseNotes notes = new ParseNotes();
    private final ExpressionParser expressions;
    private final TargetParser targets;
    private int loops;

    private StatementParser(TokenReader tokens) {
        this.tokens = tokens;
        this.expressions = new ExpressionParser(tokens, notes);
        this.targets = new TargetParser(tokens);
    }

    public static List<Stmt> parse(String source) {
        var parser = new StatementParser(new TokenReader(Lexer.tokenize(source)));
        var statements = parser.statements();
        if (!parser.tokens.at(Kind.END)) {
            throw parser.tokens.failure(
                    "unexpected end tag " + parser.tokens.current().description());
        }
        parser.notes.failOnUnknown();
        return statements;
    }

    /**
     * Parses statements up to the end of the template, or to the name of a tag that ends or divides
     * a block.
     */
    private List<Stmt> statements() {
        tokens.enter();
        List<Stmt> statements = new ArrayList<>();
        while (!tokens.at(Kind.END)) {
            var token = tokens.next();
            switch (token.kind()) {
                case DATA -> statements.add(new Stmt.Text(token.text(), token.line()));
                case PRINT_BEGIN -> {
                    statements.add(new Stmt.Print(expressions.tuple(), token.line()));
                    tokens.expect(Kind.PRINT_END);
                }
                default -> {
                    if (atEndTag()) {
                        tokens.leave();
                        return List.copyOf(statements);
                    }
                    tag(tokens.expectName(), token.line(), statements);
                    tokens.expect(Kind.BLOCK_END);
                }
            }
        }
        tokens.leave();
        return List.copyOf(statements);
    }

    private boolean atEndTag() {
        var name = tokens.at(Kind.NAME) ? tokens.current().text() : "";
        return name.equals("else") || name.equals("elif") || name.startsWith("end");
    }

    private void tag(String name, int line, List<Stmt> statements) {
        switch (name) {
            case "if" -> statements.add(ifTag(line));
            case "for" -> statements.add(forTag(line));
            case "set" -> statements.add(setTag(line));
            case "macro" -> statements.add(macroTag(line));
            case "call" -> statements.add(callTag(line));
            case "filter" -> statements.add(filterTag(line));
            case "with" -> statements.add(withTag(line));
            case "generation" ->
                    statements.add(
                            new Stmt.Generation(outsideLoops(() -> body("endgeneration")), line));
            case "print" -> printTag(line, statements);
            case "break" -> statements.add(inLoop(new Stmt.Break(line)));
            case "continue" -> statements.add(inLoop(new Stmt.Continue(line)));
            case "block", "extends", "include", "import", "from", "autoescape" ->
                    throw TemplateException.syntax(
                            line, "the tag '" + name + "' is not supported in chat templates");
            default ->
                    throw TemplateException.syntax(line, "Encountered unknown tag '" + name + "'");
        }
    }

    /** Parses the body of a block whose opening tag has been read, its end tag included. */
    private List<Stmt> body(String end) {
        var body = part();
        tokens.expectName(end);
        return body;
    }

    /** Parses the body up to a tag that the caller inspects. */
    private List<Stmt> part() {
        tokens.skipOperator(":");
        tokens.expect(Kind.BLOCK_END);
        var body = statements();
        if (tokens.at(Kind.END)) {
            throw tokens.failure("Unexpected end of template: a block is not closed");
        }
        return body;
    }

    private Stmt ifTag(int line) {
        int mark = notes.mark();
        List<Stmt.Branch> branches = new ArrayList<>();
        do {
            var condition = expressions.tupleWithoutCondition();
            branches.add(new Stmt.Branch(condition, part()));
        } while (tokens.skipName("elif"));
        List<Stmt> otherwise = tokens.skipName("else") ? part() : List.of();
        tokens.expectName("endif");
        notes.forgiveSince(mark);
        return new Stmt.If(List.copyOf(branches), otherwise, line);
    }

    private Stmt forTag(int line) {
        var target = targets.parse(false);
        tokens.expectName("in");
        var iterable = expressions.tupleWithoutCondition();
        var condition = tokens.skipName("if") ? expressions.parse() : null;
        if (tokens.atName("recursive")) {
            throw tokens.failure(
                    "recursive loops are not supported in chat templates: use a macro that calls itself");
        }
        loops++;
        var body = part();
        loops--;
        List<Stmt> otherwise = tokens.skipName("else") ? part() : List.of();
        tokens.expectName("endfor");
        return new Stmt.For(target, iterable, condition, body, otherwise, line);
    }

    private Stmt setTag(int line) {
        var target = targets.parse(true);
        if (tokens.skipOperator("=")) {
            return new Stmt.Set(target, expressions.tuple(), line);
        }
        List<FilterCall> filters = new ArrayList<>();
        while (tokens.skipOperator("|")) {
            filters.add(expressions.operands().filterCall());
        }
        return new Stmt.SetBlock(target, List.copyOf(filters), body("endset"), line);
    }

    private Stmt filterTag(int line) {
        List<FilterCall> filters = new ArrayList<>();
        do {
            filters.add(expressions.operands().filterCall());
        } while (tokens.skipOperator("|"));
        return new Stmt.FilterBlock(List.copyOf(filters), body("endfilter"), line);
    }

    private Stmt withTag(int line) {
        List<Stmt.Binding> bindings = new ArrayList<>();
        while (!tokens.at(Kind.BLOCK_END) && !tokens.atOperator(":")) {
            if (!bindings.isEmpty()) {
                tokens.expectOperator(",");
            }
            var target = targets.one(false);
            tokens.expectOperator("=");
            bindings.add(new Stmt.Binding(target, expressions.parse()));
        }
        return new Stmt.With(List.copyOf(bindings), body("endwith"), line);
    }

    private void printTag(int line, List<Stmt> statements) {
        do {
            statements.add(new Stmt.Print(expressions.parse(), line));
        } while (tokens.skipOperator(","));
    }

    private Stmt macroTag(int line) {
        var name = tokens.expectName();
        notes.enterMacro();
        var head = signature();
        var body = outsideLoops(() -> body("endmacro"));
        return new Stmt.MacroDefinition(name, withUses(head), body, line);
    }

    private Stmt callTag(int line) {
        notes.enterMacro();
        var head =
                tokens.atOperator("(")
                        ? signature()
                        : new Signature(List.of(), List.of(), false, false, false);
        if (!(expressions.parse() instanceof Expression.Call call)) {
            throw TemplateException.syntax(line, "expected call");
        }
        var body = outsideLoops(() -> body("endcall"));
        return new Stmt.CallBlock(withUses(head), call, body, line);
    }

    private Signature withUses(Signature head) {
        var names = notes.leaveMacro();
        return new Signature(
                head.parameters(),
                head.defaults(),
                names.contains("caller"),
                names.contains("varargs"),
                names.contains("kwargs"));
    }

    private Signature signature() {
        List<String> parameters = new ArrayList<>();
        List<Expression> defaults = new ArrayList<>();
        tokens.expectOperator("(");
        while (!tokens.skipOperator(")")) {
            if (!parameters.isEmpty()) {
                tokens.expectOperator(",");
            }
            parameters.add(tokens.expectName());
            if (tokens.skipOperator("=")) {
                defaults.add(expressions.parse());
            } else if (!defaults.isEmpty()) {
                throw tokens.failure("non-default argument follows default argument");
            }
        }
        return new Signature(List.copyOf(parameters), List.copyOf(defaults), false, false, false);
    }

    private Stmt inLoop(Stmt statement) {
        if (loops == 0) {
            throw TemplateException.syntax(
                    statement.line(), "break and continue stand inside a loop only");
        }
        return statement;
    }

    private List<Stmt> outsideLoops(Supplier<List<Stmt>> body) {
        int outer = loops;
        loops = 0;
        var statements = body.get();
        loops = outer;
        return statements;
    }
}
