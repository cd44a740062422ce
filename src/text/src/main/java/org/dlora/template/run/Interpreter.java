package org.dlora.template.run;

import java.util.List;
import java.util.OptionalInt;
import org.dlora.template.sandbox.OutputBuffer;
import org.dlora.template.sandbox.TemplateException;
import org.dlora.template.syntax.Expression;
import org.dlora.template.syntax.Expression.FilterCall;
import org.dlora.template.syntax.Stmt;
import org.dlora.template.syntax.Stmt.Target;
import org.dlora.template.value.Iteration;
import org.dlora.template.value.LoopContext;
import org.dlora.template.value.Namespace;
import org.dlora.template.value.Rendering;

/** Runs statements, and appends what they print to an output. */
public final class Interpreter {

    /** The end of a statement: going on, or leaving the current round of a loop. */
    enum Flow {
        NEXT,
        BREAK,
        CONTINUE
    }

    private final Rendering rendering;
    private final Evaluator evaluator;

    public Interpreter(Rendering rendering) {
        this.rendering = rendering;
        this.evaluator = new Evaluator(rendering);
    }

    Rendering rendering() {
        return rendering;
    }

    Evaluator evaluator() {
        return evaluator;
    }

    public Flow run(List<Stmt> statements, VariableScope scope, OutputBuffer out) {
        for (var statement : statements) {
            rendering.budget().enter();
            try {
                var flow = run(statement, scope, out);
                if (flow != Flow.NEXT) {
                    rendering.budget().leave();
                    return flow;
                }
            } catch (TemplateException e) {
                throw e.at(statement.line());
            }
            rendering.budget().leave();
        }
        return Flow.NEXT;
    }

    private Flow run(Stmt statement, VariableScope scope, OutputBuffer out) {
        switch (statement) {
            case Stmt.Text text -> out.append(text.text());
            case Stmt.Print print ->
                    out.append(rendering.text().str(evaluator.evaluate(print.expression(), scope)));
            case Stmt.Set set ->
                    assign(set.target(), evaluator.evaluate(set.value(), scope), scope);
            case Stmt.If branches -> {
                return runIf(branches, scope, out);
            }
            case Stmt.For loop -> {
                return runFor(loop, scope, out);
            }
            case Stmt.SetBlock block -> {
                var text = new OutputBuffer(rendering.budget());
                var flow = run(block.body(), new VariableScope(scope), text);
                if (flow != Flow.NEXT) {
                    return flow;
                }
                assign(block.target(), filtered(text.toString(), block.filters(), scope), scope);
            }
            case Stmt.FilterBlock block -> {
                var text = new OutputBuffer(rendering.budget());
                var flow = run(block.body(), new VariableScope(scope), text);
                if (flow != Flow.NEXT) {
                    return flow;
                }
                out.append(rendering.text().str(filtered(text.toString(), block.filters(), scope)));
            }
            case Stmt.With with -> {
                return runWith(with, scope, out);
            }
            case Stmt.MacroDefinition macro ->
                    scope.set(
                            macro.name(),
                            new Macro(macro.name(), macro.signature(), macro.body(), scope, this));
            case Stmt.CallBlock block -> {
                var caller = new Macro("caller", block.signature(), block.body(), scope, this);
                out.append(rendering.text().str(evaluator.call(block.call(), caller, scope)));
            }
            case Stmt.Generation generation ->
                    run(generation.body(), new VariableScope(scope), out);
            case Stmt.Break _ -> {
                return Flow.BREAK;
            }
            case Stmt.Continue _ -> {
                return Flow.CONTINUE;
            }
        }
        return Flow.NEXT;
    }

    private Flow runIf(Stmt.If statement, VariableScope scope, OutputBuffer out) {
        for (var branch : statement.branches()) {
            if (evaluator.isTrue(branch.condition(), scope)) {
                return run(branch.body(), scope, out);
            }
        }
        return run(statement.otherwise(), scope, out);
    }

    private Flow runFor(Stmt.For statement, VariableScope scope, OutputBuffer out) {
        var iterable = evaluator.evaluate(statement.iterable(), scope);
        var items = Iteration.iterator(iterable, rendering.budget());
        var condition = statement.condition();
        var loop =
                condition == null
                        ? new LoopContext(items, Iteration.length(iterable), rendering)
                        : new LoopContext(
                                new FilteredIterator(
                                        items,
                                        item ->
                                                accepts(
                                                        statement.target(),
                                                        condition,
                                                        item,
                                                        scope)),
                                OptionalInt.empty(),
                                rendering);
        // As in jinja2, the else part runs unless some round has run to its end.
        boolean completed = false;
        for (var item = loop.advance(); item != null; item = loop.advance()) {
            var round = new VariableScope(scope);
            round.set("loop", loop);
            assign(statement.target(), item, round);
            var flow = run(statement.body(), round, out);
            if (flow == Flow.BREAK) {
                break;
            }
            completed |= flow == Flow.NEXT;
        }
        return completed ? Flow.NEXT : run(statement.otherwise(), new VariableScope(scope), out);
    }

    private boolean accepts(Target target, Expression condition, Object item, VariableScope scope) {
        var round = new VariableScope(scope);
        assign(target, item, round);
        return evaluator.isTrue(condition, round);
    }

    private Flow runWith(Stmt.With with, VariableScope scope, OutputBuffer out) {
        var inner = new VariableScope(scope);
        for (var binding : with.bindings()) {
            assign(binding.target(), evaluator.evaluate(binding.value(), scope), inner);
        }
        return run(with.body(), inner, out);
    }

    private Object filtered(String text, List<FilterCall> filters, VariableScope scope) {
        Object value = text;
        for (var filter : filters) {
            value = evaluator.filter(value, filter, scope);
        }
        return value;
    }

    private void assign(Target target, Object value, VariableScope scope) {
        switch (target) {
            case Target.Variable variable -> scope.set(variable.name(), value);
            case Target.NamespaceAttribute attribute -> {
                if (!(scope.get(attribute.namespace()) instanceof Namespace namespace)) {
                    throw TemplateException.value(
                            "cannot assign attribute on non-namespace object");
                }
                namespace.set(attribute.attribute(), value);
            }
            case Target.Several several -> unpack(several.targets(), value, scope);
        }
    }

    private void unpack(List<Target> targets, Object value, VariableScope scope) {
        var items = Iteration.list(value, rendering.budget());
        if (items.size() != targets.size()) {
            throw TemplateException.value(
                    "cannot unpack: expected " + targets.size() + " values, got " + items.size());
        }
        for (int i = 0; i < items.size(); i++) {
            assign(targets.get(i), items.get(i), scope);
        }
    }
}
