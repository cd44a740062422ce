package org.dlora.template;

/** A value that a template can call. */
interface Callable {

    Object call(Arguments arguments);

    /** How Python would print it. */
    String text();
}
