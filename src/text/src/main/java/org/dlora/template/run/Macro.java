package org.dlora.template.run;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dlora.template.sandbox.OutputBuffer;
import org.dlora.template.sandbox.TemplateException;
import org.dlora.template.syntax.Stmt;
import org.dlora.template.syntax.Stmt.Signature;
import org.dlora.template.value.Callable;
import org.dlora.template.value.EvaluatedArguments;
import org.dlora.template.value.Tuple;
import org.dlora.template.value.Undefined;
import org.jspecify.annotations.Nullable;

/** A template's own function. It sees the variables of the place where it was defined. */
public final class Macro implements Callable {

    private final String name;
    private final Signature signature;
    private final List<Stmt> body;
    private final VariableScope definedIn;
    private final Interpreter interpreter;

    Macro(
            String name,
            Signature signature,
            List<Stmt> body,
            VariableScope definedIn,
            Interpreter interpreter) {
        this.name = name;
        this.signature = signature;
        this.body = body;
        this.definedIn = definedIn;
        this.interpreter = interpreter;
    }

    @Override
    public Object call(EvaluatedArguments arguments) {
        var scope = new VariableScope(definedIn);
        bind(arguments, scope);
        var out = new OutputBuffer(interpreter.rendering().budget());
        interpreter.run(body, scope, out);
        return out.toString();
    }

    private void bind(EvaluatedArguments arguments, VariableScope scope) {
        var positional = arguments.positional();
        Map<String, Object> named = new LinkedHashMap<>(arguments.named());
        var parameters = signature.parameters();
        for (int i = 0; i < parameters.size(); i++) {
            var parameter = parameters.get(i);
            var value = i < positional.size() ? positional.get(i) : named.remove(parameter);
            scope.set(parameter, value != null ? value : missing(i, scope));
        }
        if (signature.usesCaller() && !parameters.contains("caller")) {
            var caller = named.remove("caller");
            scope.set("caller", caller != null ? caller : new Undefined("No caller defined"));
        }
        if (signature.usesKwargs()) {
            scope.set("kwargs", named);
        } else if (!named.isEmpty()) {
            throw TemplateException.type(
                    "macro '"
                            + name
                            + "' takes no keyword argument '"
                            + named.keySet().iterator().next()
                            + "'");
        }
        if (signature.usesVarargs()) {
            int given = Math.min(parameters.size(), positional.size());
            scope.set("varargs", new Tuple(positional.subList(given, positional.size())));
        } else if (positional.size() > parameters.size()) {
            throw TemplateException.type(
                    "macro '"
                            + name
                            + "' takes not more than "
                            + parameters.size()
                            + " argument(s)");
        }
    }

    /**
     * Returns the default of a parameter that got no argument. A default may name the parameters
     * before it.
     */
    private Object missing(int parameter, VariableScope scope) {
        int index = parameter - signature.parameters().size() + signature.defaults().size();
        return index < 0
                ? new Undefined(
                        "parameter '"
                                + signature.parameters().get(parameter)
                                + "' was not provided")
                : interpreter.evaluator().evaluate(signature.defaults().get(index), scope);
    }

    @Override
    public @Nullable Object attribute(String attribute) {
        return switch (attribute) {
            case "name" -> name;
            case "arguments" -> new ArrayList<Object>(signature.parameters());
            case "caller" -> signature.usesCaller();
            case "catch_varargs" -> signature.usesVarargs();
            case "catch_kwargs" -> signature.usesKwargs();
            default -> null;
        };
    }

    @Override
    public String typeName() {
        return "Macro";
    }

    @Override
    public String text() {
        return "<Macro '" + name + "'>";
    }
}
