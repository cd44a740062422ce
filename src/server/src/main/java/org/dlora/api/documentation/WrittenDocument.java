package org.dlora.api.documentation;

/** The OpenAPI document in both of its forms, as UTF-8. */
record WrittenDocument(byte[] json, byte[] yaml) {}
