package org.dlora.template;

import java.util.function.Function;

/** A global function or a method bound to its receiver; {@code text} is what printing it shows. */
record Builtin(String text, Function<Arguments, Object> body) implements Callable {

    static Builtin function(String name, Function<Arguments, Object> body) {
        return new Builtin("<function " + name + ">", body);
    }

    /** Printed as Python does, but with no address to tell. */
    static Builtin method(Object receiver, String name, Function<Arguments, Object> body) {
        return new Builtin(
                "<built-in method " + name + " of " + Types.nameOf(receiver) + " object at 0x0>",
                body);
    }

    @Override
    public Object call(Arguments arguments) {
        return body.apply(arguments);
    }
}
