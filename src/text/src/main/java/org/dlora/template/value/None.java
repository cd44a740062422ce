package org.dlora.template.value;

/**
 * Python's {@code None}. A Java {@code null} is never a template value, so it can mean "absent".
 */
public enum None {
    NONE
}
