package org.dlora.console.playground;

import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** The playground. */
@Configuration(proxyBeanMethods = false)
@Import(PlaygroundController.class)
public class PlaygroundPages {}
