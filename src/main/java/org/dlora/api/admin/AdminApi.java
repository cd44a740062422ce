package org.dlora.api.admin;

import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/**
 * The endpoints; they answer as {@link org.dlora.api.openai.OpenAiApi}'s do while nothing is
 * served.
 */
@Configuration(proxyBeanMethods = false)
@Import(SchedulingController.class)
public class AdminApi {}
