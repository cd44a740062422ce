package org.dlora.app.settings;

/** Settings may also say true and false. */
enum RuntimeUpdates {
    AUTO,
    ON,
    OFF
}
