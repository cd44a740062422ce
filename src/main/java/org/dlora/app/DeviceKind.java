package org.dlora.app;

enum DeviceKind {
    CPU
}
