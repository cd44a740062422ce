package org.dlora.app;

enum GenerationConfigUse {
    AUTO,
    IGNORE
}
