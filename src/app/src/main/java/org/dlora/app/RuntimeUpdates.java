package org.dlora.app;

/** Settings may also say true and false. */
enum RuntimeUpdates {
    AUTO,
    ON,
    OFF
}
