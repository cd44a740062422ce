package org.dlora.template;

/**
 * Python's {@code None}. A Java {@code null} is never a template value, so it can mean "absent".
 */
enum None {
    NONE
}
