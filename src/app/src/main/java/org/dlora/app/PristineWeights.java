package org.dlora.app;

/** Where the weights are kept that merges begin from. */
enum PristineWeights {
    /** In the device's memory, with the copies of merged weights beside them. */
    DEVICE,
    /** In the host's memory, with the copies; merges overwrite the weights of a GPU. */
    HOST
}
