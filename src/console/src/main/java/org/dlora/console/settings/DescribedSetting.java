package org.dlora.console.settings;

/**
 * A setting as the bundled {@code application.yml} has it.
 *
 * @param name whole name, as {@code dlora.slo.ttft}
 * @param usual its default, as text
 * @param text meaning of the setting: the comment above it, or above its group
 */
record DescribedSetting(String name, String usual, String text) {}
