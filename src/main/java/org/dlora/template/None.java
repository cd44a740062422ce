package org.dlora.template;

/**
 * Python's {@code None}; a Java {@code null} never is a template value, so that it can mean
 * "absent".
 */
enum None {
    NONE
}
