package org.dlora.app.settings;

/** Memory of the pristine weights, from which merges start. */
enum PristineWeights {
    /** In the device's memory, with the copies of merged weights beside them. */
    DEVICE,
    /** In the host's memory, with the copies; merges overwrite the weights of a GPU. */
    HOST
}
