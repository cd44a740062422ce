package org.dlora.template;

/** A value that a template can call. */
interface Callable {

    Object call(EvaluatedArguments arguments);

    /** Returns the printed form that Python would show. */
    String text();
}
