package org.dlora.template.run;

import java.time.LocalDateTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.dlora.template.sandbox.OutputBuffer;
import org.dlora.template.sandbox.TemplateException;
import org.dlora.template.sandbox.TemplateException.Kind;
import org.dlora.template.value.Builtin;
import org.dlora.template.value.EvaluatedArguments;
import org.dlora.template.value.Iteration;
import org.dlora.template.value.Namespace;
import org.dlora.template.value.PythonDict;
import org.dlora.template.value.PythonType;
import org.dlora.template.value.Range;
import org.dlora.template.value.Rendering;
import org.dlora.template.value.Undefined;

/** The functions that every chat template may call. */
public final class GlobalScope {

    private final Rendering rendering;

    private GlobalScope(Rendering rendering) {
        this.rendering = rendering;
    }

    public static VariableScope of(Rendering rendering) {
        return new GlobalScope(rendering).scope();
    }

    private VariableScope scope() {
        var scope = new VariableScope(null);
        define("raise_exception", this::raise, scope);
        define("strftime_now", this::now, scope);
        define("range", this::range, scope);
        define("dict", this::dict, scope);
        define("namespace", this::namespace, scope);
        define("cycler", arguments -> new Cycler(arguments.positional()), scope);
        define("joiner", this::joiner, scope);
        return scope;
    }

    private static void define(
            String name, Function<EvaluatedArguments, Object> body, VariableScope scope) {
        scope.set(name, Builtin.function(name, body));
    }

    private Object raise(EvaluatedArguments arguments) {
        var message = arguments.bind("raise_exception", "message").get("message");
        throw TemplateException.of(Kind.RAISED, rendering.text().str(message));
    }

    private Object now(EvaluatedArguments arguments) {
        var format = arguments.bind("strftime_now", "format").text("format");
        var now = LocalDateTime.now(rendering.clock());
        var out = new OutputBuffer(rendering.budget());
        new Strftime(now).format(format, out);
        return out.toString();
    }

    private Object range(EvaluatedArguments arguments) {
        var numbers = arguments.positional().stream().map(GlobalScope::integer).toList();
        if (!arguments.named().isEmpty() || numbers.isEmpty() || numbers.size() > 3) {
            throw TemplateException.type("range() takes one to three positional arguments");
        }
        return switch (numbers.size()) {
            case 1 -> Range.of(0, numbers.getFirst(), 1);
            case 2 -> Range.of(numbers.get(0), numbers.get(1), 1);
            default -> Range.of(numbers.get(0), numbers.get(1), numbers.get(2));
        };
    }

    private static long integer(Object value) {
        return switch (value) {
            case Long number -> number;
            case Boolean bool -> bool ? 1 : 0;
            case Undefined undefined -> throw undefined.failure();
            default ->
                    throw TemplateException.type(
                            "range() takes integers of 64 bits, not " + PythonType.nameOf(value));
        };
    }

    private Map<Object, Object> dict(EvaluatedArguments arguments) {
        var dict = new LinkedHashMap<Object, Object>();
        if (arguments.positional().size() > 1) {
            throw TemplateException.type(
                    "dict expected at most 1 argument, got " + arguments.positional().size());
        }
        arguments.positional().forEach(source -> putAll(source, dict));
        arguments.named().forEach((name, value) -> PythonDict.put(dict, name, value));
        rendering.budget().allocateItems(4L * dict.size());
        return dict;
    }

    private void putAll(Object source, Map<Object, Object> dict) {
        if (source instanceof Map<?, ?> map) {
            rendering.budget().allocateItems(4L * map.size());
            map.forEach((key, value) -> PythonDict.put(dict, key, value));
            return;
        }
        for (var item : Iteration.list(source, rendering.budget())) {
            List<Object> pair = Iteration.list(item, rendering.budget());
            if (pair.size() != 2) {
                throw TemplateException.value(
                        "dict() needs pairs, got an element of length " + pair.size());
            }
            PythonDict.put(dict, pair.get(0), pair.get(1));
        }
    }

    private Object namespace(EvaluatedArguments arguments) {
        var namespace = new Namespace();
        dict(arguments).forEach((name, value) -> namespace.set(rendering.text().str(name), value));
        return namespace;
    }

    private Object joiner(EvaluatedArguments arguments) {
        var separator = arguments.bind("joiner", "sep").get("sep", ", ");
        boolean[] used = {false};
        return Builtin.function(
                "joiner",
                _ -> {
                    Object result = used[0] ? separator : "";
                    used[0] = true;
                    return result;
                });
    }
}
