package org.dlora.app.settings;

public enum GenerationConfigUse {
    AUTO,
    IGNORE
}
