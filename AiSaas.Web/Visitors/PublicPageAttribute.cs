namespace AiSaas.Web.Visitors;

/// <summary>Lets everybody see this page. Pages without it ask for signing in first.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class PublicPageAttribute : Attribute;
