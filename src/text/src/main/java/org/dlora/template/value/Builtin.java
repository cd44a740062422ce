package org.dlora.template.value;

import java.util.function.Function;

/** A global function or a method bound to its receiver; {@code text} is its printed form. */
public record Builtin(String text, Function<EvaluatedArguments, Object> body) implements Callable {

    public static Builtin function(String name, Function<EvaluatedArguments, Object> body) {
        return new Builtin("<function " + name + ">", body);
    }

    /** Returns a method that is printed as in Python, with the address 0x0. */
    public static Builtin method(
            Object receiver, String name, Function<EvaluatedArguments, Object> body) {
        return new Builtin(
                "<built-in method "
                        + name
                        + " of "
                        + PythonType.nameOf(receiver)
                        + " object at 0x0>",
                body);
    }

    @Override
    public Object call(EvaluatedArguments arguments) {
        return body.apply(arguments);
    }
}
