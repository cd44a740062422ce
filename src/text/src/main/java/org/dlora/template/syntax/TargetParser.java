package org.dlora.template.syntax;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.dlora.template.syntax.Stmt.Target;

/**
 * Parser of the left side of an assignment: a name, a namespace's attribute, or several of them.
 */
final class TargetParser {

    private static final Set<String> CONSTANTS =
            Set.of("true", "false", "none", "True", "False", "None");

    private final TokenReader tokens;

    TargetParser(TokenReader tokens) {
        this.tokens = tokens;
    }

    /** Parses everything up to {@code =}, {@code in} or the end of the tag. */
    Target parse(boolean withNamespace) {
        List<Target> targets = new ArrayList<>();
        targets.add(one(withNamespace));
        boolean commas = false;
        while (tokens.skipOperator(",")) {
            commas = true;
            if (tokens.atName("in") || tokens.atOperator("=") || tokens.atOperator(")")) {
                break;
            }
            targets.add(one(withNamespace));
        }
        return commas ? new Target.Several(List.copyOf(targets)) : targets.getFirst();
    }

    Target one(boolean withNamespace) {
        if (tokens.skipOperator("(")) {
            tokens.enter();
            var inner = parse(withNamespace);
            tokens.leave();
            tokens.expectOperator(")");
            return inner;
        }
        var name = tokens.expectName();
        if (CONSTANTS.contains(name)) {
            throw tokens.failure("can't assign to '" + name + "'");
        }
        if (withNamespace && tokens.skipOperator(".")) {
            return new Target.NamespaceAttribute(name, tokens.expectName());
        }
        return new Target.Variable(name);
    }
}
