package org.dlora.app.settings;

/** Memory of the pristine weights, from which merges start. */
enum PristineWeights {
    /** The device's memory, with the copies of merged weights beside them. */
    DEVICE,
    /** The host's memory, with the copies; merges overwrite the weights of a GPU. */
    HOST
}
